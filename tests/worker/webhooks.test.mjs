// The merchant's systems hear of every paid order. It may take several deliveries; all of one event have the same id.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Webhook } from 'standardwebhooks';

import { notification } from '../support/gateway/notification.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';
import { WEBHOOK_SECRET, startReceiver } from '../support/worker/webhook-receiver.mjs';

const logged = (stage, ...texts) =>
  until(`the log says ${texts.join(' and ')}`, () =>
    stage.worker.log.some((line) => texts.every((text) => line.includes(text))),
  );

describe('a merchant with a webhook', { concurrency: true }, () => {
  let receiver, stage, office;
  before(async () => {
    receiver = await startReceiver();
    const vars = { ...BACK_OFFICE.vars, WEBHOOK_URL: receiver.url, WEBHOOK_SECRET };
    stage = await setStage({ ...BACK_OFFICE, vars });
    office = new BackOffice(stage.worker);
  });
  after(async () => {
    await stage?.stop();
    await receiver?.stop();
  });

  const heard = (order, type) =>
    until(`${type} of ${order.id} is heard`, () => receiver.events(order.id).find((event) => event.type === type));

  test('hears of a paid order with its amount and transaction, signed as Standard Webhooks wants it', async () => {
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    const { data } = await heard(order, 'order.paid');
    assert.deepEqual(data.amount, { minor: order.view.amount.minor, currency: order.view.amount.currency });
    assert.match(data.transaction_id, /^\d{28}$/);
    assert.deepEqual(receiver.received.filter(({ forged }) => forged), []);
  });

  test('hears once of an order that is notified sixteen times', async () => {
    const order = await stage.shop.placePayable();
    const message = notification(stage.gateway.merchant, asPaidOrder(order.view));
    await Promise.all(Array.from({ length: 16 }, () => stage.shop.notify(message)));
    await heard(order, 'order.paid');
    assert.equal(receiver.events(order.id).filter(({ type }) => type === 'order.paid').length, 1);
  });

  test('that is down or answers nothing hears again, under the same id', async () => {
    const order = await stage.shop.placePayable();
    receiver.refuseOf(order, 500, 'no answer');
    await stage.gateway.pay(order.view.code_url);
    const deliveries = () => receiver.received.filter(({ event }) => event?.data.out_trade_no === order.id);
    await until('the first delivery and one more', () => deliveries().length >= 2, { withinMs: 30_000 });
    assert.equal(new Set(deliveries().map(({ id, body }) => `${id} ${body}`)).size, 1, 'id and content are the same');
    const sentAt = deliveries().map(({ headers }) => Number(headers['webhook-timestamp']));
    assert.ok(sentAt[1] > sentAt[0], 'the time is that of the delivery: receivers refuse an old one');
  });

  for (const status of [301, 302, 307]) {
    test(`whose receiver answers ${status} has not heard: nothing goes where it leads, the log says so, and it hears again`, async () => {
      const order = await stage.shop.placePayable();
      receiver.refuseOf(order, { status, headers: { location: `${receiver.origin}/elsewhere/${status}` } });
      await stage.gateway.pay(order.view.code_url);
      await until('the next delivery', () => receiver.deliveries(order.id).length >= 2, { withinMs: 30_000 });
      assert.equal(new Set(receiver.deliveries(order.id).map(({ id }) => id)).size, 1);
      assert.deepEqual(receiver.strays, []);
      const [{ id }] = receiver.deliveries(order.id);
      await logged(stage, id, `HTTP ${status}, a redirect to ${receiver.origin}/elsewhere/${status}`);
    });
  }

  test('whose receiver refuses and then hangs hears again', async () => {
    const order = await stage.shop.placePayable();
    receiver.refuseOf(order, { status: 500, hang: true });
    await stage.gateway.pay(order.view.code_url);
    await until('the next delivery', () => receiver.deliveries(order.id).length >= 2, { withinMs: 40_000 });
    await logged(stage, receiver.deliveries(order.id)[0].id, 'HTTP 500: it begins, and then nothing comes');
  });

  test('whose receiver works for three seconds before it answers has heard', async () => {
    const order = await stage.shop.placePayable();
    receiver.refuseOf(order, { status: 204, afterMs: 3_000 });
    await stage.gateway.pay(order.view.code_url);
    await office.listed(order.id, ({ state, settled }) => state === 'paid' && settled);
    assert.equal(receiver.deliveries(order.id).length, 1);
  });

  test('whose receiver takes it and then hangs has heard', async () => {
    const order = await stage.shop.placePayable();
    receiver.refuseOf(order, { status: 200, hang: true });
    await stage.gateway.pay(order.view.code_url);
    await until('the delivery', () => receiver.deliveries(order.id).length === 1);
    await office.listed(order.id, ({ state, settled }) => state === 'paid' && settled);
    assert.equal(receiver.deliveries(order.id).length, 1);
  });

  const waits = {
    'a number of seconds': () => '9',
    'a date': () => new Date(Date.now() + 10_000).toUTCString(),
  };
  for (const [what, header] of Object.entries(waits)) {
    test(`whose receiver asks for peace until ${what} is left alone for so long`, async () => {
      const order = await stage.shop.placePayable();
      receiver.refuseOf(order, { status: 429, headers: { 'retry-after': header() } });
      await stage.gateway.pay(order.view.code_url);
      await until('the next delivery', () => receiver.deliveries(order.id).length >= 2, { withinMs: 30_000 });
      const [first, second] = receiver.deliveries(order.id);
      // By itself it would pause for five seconds.
      assert.ok(second.at - first.at >= 8_000, `it came after ${second.at - first.at} ms`);
    });
  }

  test('whose receiver answers 410 is not asked again: a person sees it, mends it, and sends it again under its id', async () => {
    const order = await stage.shop.placePayable();
    receiver.refuseOf(order, 410);
    await stage.gateway.pay(order.view.code_url);
    const entry = await office.waiting(order.id, ({ kind }) => kind === 'webhook_undelivered');
    const [{ id }] = receiver.deliveries(order.id);
    assert.equal(entry.webhook_id, id);
    assert.match(entry.detail, /410/);
    assert.equal((await office.redeliver(order.id, id)).status, 200);
    await until('it comes again', () => receiver.deliveries(order.id).filter((each) => each.id === id).length === 2);
    await until('nobody has to look any more', async () =>
      (await office.attention()).json.attention.every(({ out_trade_no }) => out_trade_no !== order.id),
    );
    const again = await office.redeliver(order.id, id);
    assert.deepEqual([again.status, again.json.code], [409, 'not_possible']);
  });

  test('hears of a second payment of one order as an exception to look at', async () => {
    const order = await stage.shop.placePayable();
    await stage.shop.notify(notification(stage.gateway.merchant, asPaidOrder(order.view)));
    await stage.shop.notify(notification(stage.gateway.merchant, asPaidOrder(order.view)));
    const { data } = await heard(order, 'order.exception');
    assert.equal(data.exception, 'paid_twice');
    assert.equal(data.state, 'paid');
  });
});

test('while the secret is changed, a receiver with either secret takes the message', async () => {
  const next = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
  const receiver = await startReceiver();
  const vars = { WEBHOOK_URL: receiver.url, WEBHOOK_SECRET: next, WEBHOOK_SECRET_PREVIOUS: WEBHOOK_SECRET };
  const stage = await setStage({ vars });
  try {
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    await until('it is heard', () => receiver.deliveries(order.id).length > 0);
    const [{ body, headers }] = receiver.deliveries(order.id);
    for (const secret of [next, WEBHOOK_SECRET]) new Webhook(secret).verify(body, headers);
    assert.equal(headers['webhook-signature'].split(' ').length, 2);
    assert.throws(() => new Webhook('whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA').verify(body, headers));
  } finally {
    await stage.stop();
    await receiver.stop();
  }
});
