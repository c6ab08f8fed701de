// Refunds that go wrong in practice: without a certificate, with a used number, without money in the account, of the second
// payment, made by somebody else, or refused by WeChat.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startSimulator } from '../support/gateway/simulator.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';
import { WEBHOOK_SECRET, startReceiver } from '../support/worker/webhook-receiver.mjs';

let stage, office, receiver;

before(async () => {
  receiver = await startReceiver();
  const vars = { ...BACK_OFFICE.vars, WEBHOOK_URL: receiver.url, WEBHOOK_SECRET };
  stage = await setStage({ start: startSimulator, ...BACK_OFFICE, vars });
  office = new BackOffice(stage.worker);
});
after(async () => {
  await stage?.stop();
  await receiver?.stop();
});

async function paidOrder() {
  const order = await stage.shop.placePayable();
  await stage.gateway.pay(order.view.code_url);
  await stage.shop.becomes('paid', order);
  return order;
}

const fault = (name, order, times) => stage.gateway.switch({ faults: [{ name, order: order.id, ...(times && { times }) }] });
const calm = () => stage.gateway.switch({ faults: [] });

describe('two orders of one merchant, refunded under one number', () => {
  test('are two refunds at WeChat Pay, and each becomes refunded by its own', async () => {
    const [first, second] = [await paidOrder(), await paidOrder()];
    for (const order of [first, second]) {
      const { status } = await office.refund(order.id, { out_refund_no: 'R1', amount_minor: 500 });
      assert.equal(status, 200);
    }
    const refunds = [];
    for (const order of [first, second]) refunds.push(await office.refundBecomes(order.id, 'R1', 'refunded'));
    assert.notEqual(refunds[0].sent_as, refunds[1].sent_as);
    assert.notEqual(refunds[0].refund_id, refunds[1].refund_id);
    for (const order of [first, second]) {
      const known = (await stage.gateway.orders()).find(({ out_trade_no }) => out_trade_no === order.id);
      assert.equal(known.refunded_minor, 500);
    }
  });
});

test('a refund query answered about another order makes nothing refunded, and a person sees both sides', async () => {
  const order = await paidOrder();
  await fault('another-order', order);
  try {
    await office.refund(order.id, { out_refund_no: 'R1', amount_minor: 500 });
    const entry = await office.waiting(order.id, ({ kind }) => kind === 'about_something_else');
    assert.equal(entry.out_refund_no, 'R1');
    assert.match(entry.detail, new RegExp(order.id));
    const { refunds } = (await office.history(order.id)).json;
    assert.notEqual(refunds[0].status, 'refunded');
  } finally {
    await calm();
  }
});

test('the reason of a refusal stands in WeChat’s own words in the history, the webhook and the log', async () => {
  const order = await paidOrder();
  await fault('address-refused', order);
  try {
    await office.refund(order.id, { out_refund_no: 'R1', amount_minor: 500 });
    const refund = await office.refundBecomes(order.id, 'R1', 'refused');
    assert.match(refund.problem, /NOAUTH: .*IP/);
    const told = await until('the webhook is there', () => {
      const events = receiver.events(order.id).filter(({ type }) => type === 'refund.updated');
      return events.length > 0 && events.at(-1);
    });
    assert.equal(told.data.refund.problem, refund.problem);
  } finally {
    await calm();
  }
});

test('a refund that waits for money is told at once, and can be tried now from another account', async () => {
  const order = await paidOrder();
  await fault('not-enough-unsettled', order);
  try {
    await office.refund(order.id, { out_refund_no: 'R1', amount_minor: 500 });
    const entry = await office.waiting(order.id, ({ kind }) => kind === 'refund_waits');
    assert.match(entry.detail, /NOTENOUGH/);
    assert.match(entry.what_to_do, /available balance/);
    const unknown = await office.retryRefund(order.id, 'R2', {});
    assert.equal(unknown.status, 409);
    // WeChat Pay allows one refund call a minute. The stories of `order` test the result of the second call.
    const { status, json } = await office.retryRefund(order.id, 'R1', { refund_account: 'available_balance' });
    assert.deepEqual([status, json.refunds[0].account], [200, 'available_balance']);
    assert.ok(json.alarm_at_ms - Date.now() < 61_000, 'it is tried as soon as the pace allows');
  } finally {
    await calm();
  }
});

test('a refund that is withdrawn before WeChat Pay took it frees its money', async () => {
  const order = await paidOrder();
  await fault('not-enough', order);
  try {
    await office.refund(order.id, { out_refund_no: 'R1', amount_minor: order.view.amount.minor });
    await office.waiting(order.id, ({ kind }) => kind === 'refund_waits');
    const full = await office.refund(order.id, { out_refund_no: 'R2', amount_minor: 1 });
    assert.equal(full.status, 409, 'the money is held');
    assert.equal((await office.withdrawRefund(order.id, 'R1')).status, 200);
    const next = await office.refund(order.id, { out_refund_no: 'R2', amount_minor: 1 });
    assert.equal(next.status, 200);
  } finally {
    await calm();
  }
});

test('the second payment of an order is given back by its own number', async () => {
  const order = await stage.shop.placePayable();
  await fault('second-payment', order);
  await stage.gateway.pay(order.view.code_url);
  await calm();
  const entry = await office.waiting(order.id, ({ kind }) => kind === 'paid_twice');
  const told = await until('the webhook is there', () =>
    receiver.events(order.id).find(({ data }) => data.exception === 'paid_twice'),
  );
  assert.equal(told.data.transaction_id, entry.transaction_id, 'the webhook names the payment to refund');
  const back = { out_refund_no: 'BACK', amount_minor: order.view.amount.minor, transaction_id: entry.transaction_id };
  assert.equal((await office.refund(order.id, back)).status, 200);
  const refund = await office.refundBecomes(order.id, 'BACK', 'refunded');
  assert.equal(refund.transaction_id, entry.transaction_id);
});

describe('a refund by hand in WeChat Pay’s merchant platform', () => {
  const webhooks = (order) => receiver.events(order.id).map(({ type, data }) => [type, data]);

  test('that is the first news of the payment is told before or with order.paid, and learned in full', async () => {
    const order = await stage.shop.placePayable();
    await stage.gateway.notifications(false);
    try {
      await stage.gateway.pay(order.view.code_url);
      await stage.gateway.refundByHand({ out_trade_no: order.id, minor: 300, notify: 'off' });
    } finally {
      await stage.gateway.notifications(true);
    }
    await office.query(order.id);
    await stage.shop.becomes('paid', order);
    const { refunds } = await until('the refund is learned', async () => {
      const history = (await office.history(order.id)).json;
      return history.refunds.length > 0 && history;
    }, { withinMs: 30_000 });
    assert.deepEqual(refunds.map(({ made_elsewhere, amount }) => [made_elsewhere, amount.minor]), [[true, 300]]);
    const told = await until('all is told', () => webhooks(order).length >= 3 && webhooks(order));
    const paid = told.find(([type]) => type === 'order.paid')[1];
    const warned = told.find(([, { exception }]) => exception === 'refunded_elsewhere')[1];
    assert.ok(paid.refunded_elsewhere, 'order.paid says it, too');
    assert.ok(warned.sequence < paid.sequence);
    await office.listed(order.id, ({ refunded_minor, refunding_minor }) => refunded_minor + refunding_minor === 300);
    const rest = await office.refund(order.id, { out_refund_no: 'REST', amount_minor: order.view.amount.minor });
    assert.equal(rest.status, 409, 'what went back is not left to refund');
  });

  test('later is learned by its notification', async () => {
    const order = await paidOrder();
    await stage.gateway.refundByHand({
      out_trade_no: order.id,
      notify_url: `${stage.worker.url}/notify/wechat/refund`,
    });
    await until('it is in the list of refunds', async () => (await office.history(order.id)).json.refunds.length === 1, {
      withinMs: 30_000,
    });
    await office.waiting(order.id, ({ kind }) => kind === 'refunded_elsewhere');
  });
});

describe('a Worker without the merchant’s certificate', () => {
  let real;
  before(async () => {
    // Its configuration is for real money, so the test itself answers its calls. They reach nobody.
    real = await setStage({
      vars: { ...BACK_OFFICE.vars, WECHAT_GATEWAY: '', DEMO_PHONE_URL: '', NOTIFY_BASE_URL: 'https://pay.example.com' },
      platform: { outboundService: () => new Response('nobody', { status: 503 }) },
    });
  });
  after(() => real?.stop());

  test('refuses a refund at once and says how to bind the certificate, before anything is written', async () => {
    const placed = await real.shop.place();
    const number = placed.json.order.id;
    const back = new BackOffice(real.worker);
    const { status, json } = await back.refund(number, { out_refund_no: 'R1', amount_minor: 1 });
    assert.deepEqual([status, json.code], [409, 'not_possible']);
    assert.match(json.detail, /WECHAT_CERT/);
    assert.match(json.detail, /mtls-certificate upload/);
    assert.deepEqual((await back.history(number)).json.refunds, []);
    const again = await back.retryRefund(number, 'R1');
    assert.deepEqual([again.status, again.json.code], [409, 'not_possible']);
    assert.match(again.json.detail, /WECHAT_CERT/);
  });
});
