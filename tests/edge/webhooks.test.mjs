// The merchant's systems hear of every paid order: once per id, over however many deliveries it takes.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { notification } from '../support/notification.mjs';
import { asPaidOrder } from '../support/shop.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';
import { WEBHOOK_SECRET, startReceiver } from '../support/webhook-receiver.mjs';

describe('a merchant with a webhook', () => {
  let receiver, stage;
  before(async () => {
    receiver = await startReceiver();
    stage = await setStage({ vars: { WEBHOOK_URL: receiver.url, WEBHOOK_SECRET } });
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
    receiver.refuse(500, 'no answer');
    await stage.gateway.pay(order.view.code_url);
    const deliveries = () => receiver.received.filter(({ event }) => event?.data.out_trade_no === order.id);
    await until('the first delivery and one more', () => deliveries().length >= 2, { withinMs: 30_000 });
    assert.equal(new Set(deliveries().map(({ id }) => id)).size, 1);
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

test('a webhook without a secret is a mistake of the configuration', async () => {
  const stage = await setStage({ vars: { WEBHOOK_URL: 'https://shop.example/webhooks' } });
  try {
    const { status, json } = await stage.shop.place();
    assert.equal(status, 500);
    assert.equal(json.code, 'misconfigured');
    await until('the log names it', () => stage.worker.log.some((line) => line.includes('WEBHOOK_SECRET is missing')));
  } finally {
    await stage.stop();
  }
});
