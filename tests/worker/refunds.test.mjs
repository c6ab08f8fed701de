// Refunds: the merchant asks for one, it has its own number, and money never goes back twice and never too much of it.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { startSimulator } from '../support/gateway/simulator.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { onStage, setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';

describe('a paid order', { concurrency: true }, () => {
  const stage = onStage({ start: startSimulator, ...BACK_OFFICE });
  let office;
  before(() => (office = new BackOffice(stage.worker)));

  async function paidOrder() {
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    await stage.shop.becomes('paid', order);
    return order;
  }

  const refundIs = (order, number, status) =>
    until(
      `refund ${number} is ${status}`,
      async () => {
        const refund = (await office.history(order.id)).json.refunds.find(({ out_refund_no }) => out_refund_no === number);
        if (refund.status !== status) throw new Error(JSON.stringify(refund));
        return refund;
      },
      { withinMs: 30_000 },
    );

  test('is refunded, and the refund’s notification lets the order know before its own timer would', async () => {
    const order = await paidOrder();
    const number = `R-${order.id}`;
    const { status } = await office.refund(order.id, { out_refund_no: number, amount_minor: 800, reason: 'one tin was dented' });
    assert.equal(status, 200);
    const refund = await refundIs(order, number, 'refunded');
    assert.equal(refund.amount.minor, 800);
    assert.equal(await stage.shop.status(order), 'paid');
  });

  test('is refunded once when the merchant asks twice with one number', async () => {
    const order = await paidOrder();
    const refund = { out_refund_no: `R-${order.id}`, amount_minor: 100 };
    await Promise.all([office.refund(order.id, refund), office.refund(order.id, refund)]);
    await refundIs(order, refund.out_refund_no, 'refunded');
    assert.equal((await office.history(order.id)).json.refunds.length, 1);
    const again = await office.refund(order.id, { ...refund, amount_minor: 200 });
    assert.equal(again.status, 409);
  });

  test('is never refunded beyond what was paid', async () => {
    const order = await paidOrder();
    const { status, json } = await office.refund(order.id, {
      out_refund_no: `R-${order.id}`,
      amount_minor: order.view.amount.minor + 1,
    });
    assert.equal(status, 409);
    assert.equal(json.code, 'not_possible');
    assert.deepEqual((await office.history(order.id)).json.refunds, []);
  });

  test('cannot be cancelled any more', async () => {
    const order = await paidOrder();
    const { status, json } = await office.cancel(order.id);
    assert.equal(status, 409);
    assert.match(json.detail, /refunded, not cancelled/);
  });
});

describe('the merchant’s routes', { concurrency: true }, () => {
  const stage = onStage(BACK_OFFICE);

  test('do nothing for anybody without a key, and say what is missing', async () => {
    const order = await stage.shop.placePayable();
    for (const token of [null, 'wrong', order.token]) {
      const stranger = new BackOffice(stage.worker, token);
      for (const answer of [await stranger.list(), await stranger.history(order.id), await stranger.cancel(order.id)]) {
        assert.deepEqual([answer.status, answer.json.code], [401, 'key_required']);
        assert.match(answer.headers.get('www-authenticate'), /^Bearer/);
      }
    }
    assert.equal(await stage.shop.status(order), 'awaiting_payment');
  });

  test('an unpaid order has nothing to refund', async () => {
    const order = await stage.shop.placePayable();
    const answer = await new BackOffice(stage.worker).refund(order.id, { out_refund_no: 'R1', amount_minor: 1 });
    assert.equal(answer.status, 409);
  });

  test('a refund that cannot be read is refused with what to send', async () => {
    const order = await stage.shop.placePayable();
    const office = new BackOffice(stage.worker);
    for (const body of ['', '{}', '{"out_refund_no":"R1","amount_minor":1.5}', '{"out_refund_no":"ÄÖ","amount_minor":1}']) {
      const { status, json } = await office.refund(order.id, body);
      assert.equal(status, 400, body);
      assert.equal(json.code, 'invalid_body');
    }
  });

  test('the history tells who did what, when, and by which message', async () => {
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    await stage.shop.becomes('paid', order);
    const { events, payments, state } = (await new BackOffice(stage.worker).history(order.id)).json;
    assert.equal(state, 'paid');
    assert.equal(payments.length, 1);
    assert.deepEqual(events.map(({ seq }) => seq), events.map((_, at) => at + 1));
    const notified = events.find(({ what }) => what.name === 'notified');
    assert.equal(notified.who, 'gateway');
    assert.match(notified.raw, /^[0-9a-f]{64}$/);
  });
});

test('a Worker without keys does nothing there for anyone, and says how to make one', async () => {
  const stage = await setStage();
  try {
    for (const token of ['', 'undefined', 'null']) {
      const { status, json } = await new BackOffice(stage.worker, token).list();
      assert.equal(status, 401);
      assert.match(json.detail, /npx wechatpay-edge key/);
    }
  } finally {
    await stage.stop();
  }
});
