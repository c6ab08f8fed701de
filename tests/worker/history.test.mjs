// What the merchant can do with one order: read its whole history, query it now, cancel it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { notification } from '../support/gateway/notification.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';
import { WEBHOOK_SECRET, startReceiver } from '../support/worker/webhook-receiver.mjs';

let receiver, stage, office;
before(async () => {
  receiver = await startReceiver();
  stage = await setStage({ ...BACK_OFFICE, vars: { ...BACK_OFFICE.vars, WEBHOOK_URL: receiver.url, WEBHOOK_SECRET } });
  office = new BackOffice(stage.worker);
});
after(async () => {
  await stage?.stop();
  await receiver?.stop();
});

const pay = (order) => stage.shop.notify(notification(stage.gateway.merchant, asPaidOrder(order.view)));
const history = async (order) => (await office.history(order.id)).json;

test('the history shows payments, exceptions, refunds, webhooks that wait and were given up, and every step', async () => {
  const order = await stage.shop.placePayable();
  receiver.refuseOf(order, 410, 500, 500, 500);
  await pay(order);
  await until('the first webhook is given up', async () => (await history(order)).webhooks.given_up.length === 1);
  await pay(order);
  const reason = 'one tin was dented';
  const { status, json } = await office.refund(order.id, { out_refund_no: 'R1', amount_minor: 700, reason, refund_account: 'available_balance' });
  assert.deepEqual([status, json.order.id], [200, order.id], 'a refund is answered with everything, too');
  const shown = await until('the second webhook waits', async () => {
    const shown = await history(order);
    return shown.webhooks.waiting.length > 0 && shown;
  });

  const { placed_at_ms, payments, exceptions, refunds, webhooks, events, alarm_at_ms, ...others } = shown;
  assert.deepEqual([others.state, others.order.status, others.order.id, others.settled, others.api], ['paid', 'paid', order.id, false, 'v2']);
  assert.equal(placed_at_ms, events[0].at_ms);
  assert.ok(alarm_at_ms > placed_at_ms, 'it looks after itself');
  assert.deepEqual(payments.map(({ total, fits }) => [total.minor, fits]), [[order.view.amount.minor, true], [order.view.amount.minor, true]]);
  assert.equal(new Set(payments.map(({ transaction_id }) => transaction_id)).size, 2);
  const kinds = exceptions.map(({ kind }) => kind);
  assert.deepEqual(kinds.slice(0, 2), ['webhook_undelivered', 'paid_twice']);
  assert.equal(exceptions[0].webhook_id, webhooks.given_up[0].id);
  assert.equal(exceptions[1].transaction_id, payments[1].transaction_id);
  assert.equal(refunds.length, 1);
  const [refund] = refunds;
  assert.deepEqual([refund.out_refund_no, refund.amount.minor, refund.transaction_id], ['R1', 700, payments[0].transaction_id]);
  assert.deepEqual([refund.reason, refund.account], [reason, 'available_balance']);
  assert.deepEqual(webhooks.given_up.map(({ message }) => message.kind), ['order.paid']);
  assert.deepEqual(webhooks.waiting.map(({ message }) => message.to), webhooks.waiting.map(() => 'webhook'));
  assert.equal(webhooks.waiting[0].message.exception, 'paid_twice');
  assert.deepEqual(events.map(({ seq }) => seq), events.map((_, at) => at + 1));
  for (const [who, name] of [
    ['shopper', 'placed'],
    ['gateway', 'notified'],
    ['gateway', 'exception_raised'],
    ['merchant', 'refund_requested'],
  ]) {
    assert.ok(events.some((event) => event.who === who && event.what.name === name), `${who}: ${name}`);
  }
});

test('a query asks WeChat Pay at once, in the merchant’s name', async () => {
  const order = await stage.shop.placePayable();
  const { status, json } = await office.query(order.id);
  assert.equal(status, 200);
  const at = json.events.findIndex(({ what }) => what.name === 'query_requested');
  const [asked, begun] = json.events.slice(at);
  assert.equal(asked.who, 'merchant');
  // It happens in the same step, so it has the same time.
  assert.deepEqual([begun.what.name, begun.what.call, begun.at_ms], ['call_begun', 'query_order', asked.at_ms]);
  await until('WeChat Pay was asked', async () => (await stage.gateway.queriesOf(order.id)) > 0);
});

test('a query finds a payment of which no notification came', async () => {
  const order = await stage.shop.placePayable();
  await stage.gateway.notifications(false);
  try {
    await stage.gateway.pay(order.view.code_url);
    await office.query(order.id);
    await stage.shop.becomes('paid', order);
    const { events } = await history(order);
    const queries = events.filter(({ what }) => what.name === 'call_begun' && what.call === 'query_order');
    assert.equal(queries.length, 1, 'the one that the merchant asked for');
  } finally {
    await stage.gateway.notifications(true);
  }
});

test('a cancellation gives an unpaid order up in the merchant’s name, and its page sees it', async () => {
  const order = await stage.shop.placePayable();
  const { status, json } = await office.cancel(order.id);
  assert.deepEqual([status, json.order.status], [200, 'cancelled']);
  assert.equal(json.events.find(({ what }) => what.name === 'cancel_requested').who, 'merchant');
  assert.equal(await stage.shop.status(order), 'cancelled');
});

test('an order that there is not has no history, and nothing can be asked of it', async () => {
  for (const id of ['Hsofdzih6lk5bu2sjsxzitzb5wztbw', 'SALE-OF-YESTERDAY', 'no%20order', '%ff', '%']) {
    const refund = office.refund(id, { out_refund_no: 'R1', amount_minor: 1 });
    for (const answer of [office.history(id), office.query(id), office.cancel(id), refund]) {
      const { status, json } = await answer;
      assert.deepEqual([status, json.code], [404, 'order_not_found'], id);
    }
  }
});

test('an order of another system, and its webhook, are found by their numbers, whatever characters they have', async () => {
  const number = `SALE|${Date.now()}*@`;
  receiver.refuseOf({ id: number }, 410);
  await stage.shop.notify(notification(stage.gateway.merchant, { outTradeNo: number, totalFee: 700, feeType: 'HKD' }));
  const path = encodeURIComponent(number);
  const { webhooks, state } = await until('its webhook is given up', async () => {
    const { status, json } = await office.history(path);
    assert.equal(status, 200);
    return json.webhooks.given_up.length > 0 && json;
  });
  assert.equal(state, 'stray');
  const [{ id }] = webhooks.given_up;
  assert.ok(id.startsWith(number), id);
  assert.equal((await office.redeliver(path, encodeURIComponent(id))).status, 200);
  await until('it comes again', () => receiver.deliveries(number).filter((each) => each.id === id).length === 2);
});

test('a payment in another currency than the order’s is given back in its own', async () => {
  const order = await stage.shop.placePayable();
  await stage.shop.notify(notification(stage.gateway.merchant, asPaidOrder(order.view), { fee_type: 'JPY' }));
  const { payments } = await history(order);
  assert.deepEqual(payments.map(({ total, fits }) => [total.currency, fits]), [['JPY', false]]);
  const wanted = { out_refund_no: 'R1', amount_minor: 100, transaction_id: payments[0].transaction_id };
  const { status, json } = await office.refund(order.id, wanted);
  assert.equal(status, 200);
  assert.deepEqual(json.refunds.map(({ amount }) => amount), [{ minor: 100, currency: 'JPY' }]);
});

test('what is beyond all measure, or cannot be read, is refused with what to send', async () => {
  const order = await stage.shop.placePayable();
  const much = ' '.repeat(4 * 1024 + 1);
  for (const answer of [await office.refund(order.id, much), await office.retryRefund(order.id, 'R1', much)]) {
    assert.deepEqual([answer.status, answer.json.code], [413, 'body_too_large']);
    assert.match(answer.json.detail, /4096 bytes/);
  }
  for (const [path, what] of [
    ['refunds/%/withdraw', 'refund number'],
    ['refunds/%ff/retry', 'refund number'],
    ['webhooks/%/redeliver', 'webhook id'],
    ['attention/1.5/done', 'number of the exception'],
  ]) {
    const { status, json } = await office.post(`/admin/api/orders/${order.id}/${path}`);
    assert.deepEqual([status, json.code], [400, 'invalid_query'], path);
    assert.ok(json.detail.includes(what), json.detail);
  }
  // A misspelled field is not silently ignored: it may say which payment to refund, or from which account.
  await pay(order);
  const misspelled = { out_refund_no: 'R1', amount_minor: 1, transactionId: '4200002301202602011234567890' };
  for (const answer of [
    await office.refund(order.id, misspelled),
    await office.refund(order.id, { out_refund_no: 'R1', amount_minor: 1, refund_account: 'mine' }),
    await office.retryRefund(order.id, 'R1', { account: 'available_balance' }),
  ]) {
    assert.deepEqual([answer.status, answer.json.code], [400, 'invalid_body']);
  }
  assert.deepEqual((await history(order)).refunds, []);
});
