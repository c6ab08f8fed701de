// A payment and a refund by each generation and edition of WeChat Pay's API, and below an institution and a service provider: the
// built Worker in front of the simulator, which checks and signs with another library than the Worker.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { ACCOUNTS } from '../support/gateway/accounts.mjs';
import { startSimulatorOfAll } from '../support/gateway/simulator.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { Shop } from '../support/shop/shop.mjs';
import { siteIn } from '../support/shop/site.mjs';
import { until } from '../support/until.mjs';
import { goAhead, modulesWithClock } from '../support/worker/moved-clock.mjs';
import { WEBHOOK_SECRET, startReceiver } from '../support/worker/webhook-receiver.mjs';
import { startWorker } from '../support/worker/worker.mjs';

const QUICK_REFUNDS = { 'refund-takes-ms': 300 };

let simulator;
let receiver;
const sites = {};
/** The Workers by the names of their accounts: `{ worker, shop, office, account, isV2 }`. */
const workers = {};
before(async () => {
  [simulator, receiver] = await Promise.all([startSimulatorOfAll(), startReceiver()]);
  await simulator.switch(QUICK_REFUNDS);
  for (const currency of ['SGD', 'CNY']) sites[currency] = await siteIn(currency);
  for (const [name, account] of Object.entries(ACCOUNTS)) workers[name] = await open(account);
});
after(async () => {
  for (const { worker } of Object.values(workers)) await worker.stop();
  await receiver?.stop();
  await simulator?.stop();
  for (const site of Object.values(sites)) await site.remove();
});

/** A Worker of this account. API v2 alone has the client certificate. */
async function open(account) {
  const gateway = await simulator.as(account);
  const isV2 = account.letter === 'H';
  const worker = await startWorker({
    gateway,
    vars: { ...BACK_OFFICE.vars, WEBHOOK_URL: receiver.url, WEBHOOK_SECRET },
    site: sites[account.merchant.feeType]?.folder,
    platform: { ...(isV2 && BACK_OFFICE.platform), modules: await modulesWithClock() },
  });
  return { worker, shop: new Shop(worker), office: new BackOffice(worker), isV2, account };
}

/** What the simulator was asked about an order, in the words of API v2. */
async function asked(order) {
  const all = await simulator.exchanges();
  return all.filter(({ out_trade_no }) => out_trade_no === order.id).map(({ call }) => call.replace('v3 ', ''));
}

const told = (order) => receiver.events(order.id).map(({ type, data }) => data.refund?.status ?? type);

for (const [name, account] of Object.entries(ACCOUNTS)) {
  describe(name, () => {
    let at;
    before(() => (at = workers[name]));

    const pay = async () => {
      const order = await at.shop.placePayable();
      await simulator.pay(order.view.code_url);
      await at.shop.becomes('paid', order);
      return order;
    };
    const refundIs = (order, status) =>
      until(`the refund is ${status}`, async () => {
        const [refund] = (await at.office.history(order.id)).json.refunds;
        if (refund?.status !== status) throw new Error(JSON.stringify(refund));
        return refund;
      });

    test('an order is paid on the phone, its notification says so, and the webhook tells it', async () => {
      const order = await pay();
      assert.equal(order.id[0], account.letter);
      assert.equal(order.view.amount.currency, account.merchant.feeType);
      const known = await simulator.order(order.id);
      assert.deepEqual([known.trade_state, known.amount.minor, known.sub_mch_id ?? null], ['SUCCESS', order.view.amount.minor, at.worker.bindings.WECHAT_SUB_MCH_ID ?? null]);
      await until('the webhook', () => told(order).includes('order.paid'));
      assert.deepEqual(told(order), ['order.paid']);
      const [payment, ...others] = (await at.office.history(order.id)).json.payments;
      assert.deepEqual([payment.transaction_id, others], [known.transaction_id, []]);
      const notified = (await simulator.notificationsSent()).filter(({ out_trade_no }) => out_trade_no === order.id);
      assert.deepEqual(notified.map(({ standing, deliveries }) => [standing, deliveries.length]), [['received', 1]]);
      assert.deepEqual((await asked(order)).filter((call) => /query/.test(call)), [], 'the notification was enough');
    });

    test('it is refunded; the notification of API v3 is evidence, that of API v2 only a hint', async () => {
      const order = await pay();
      const { status } = await at.office.refund(order.id, { out_refund_no: 'R1', amount_minor: 800 });
      assert.equal(status, 200);
      await refundIs(order, 'refunded');
      const known = await simulator.order(order.id);
      assert.deepEqual(known.refunds.map(({ minor, status }) => [minor, status]), [[800, 'SUCCESS']]);
      const queried = (await asked(order)).filter((call) => call === 'refund-query').length;
      assert.ok(at.isV2 ? queried > 0 : queried === 0, `${queried} queries`);
      await until('the webhook', () => told(order).includes('refunded'));
    });

    test('an emoji in what is sold is kept by the order, and API v3, which takes none, is not told it', async () => {
      const text = 'Tea 🍵 for two';
      const wanted = { amount_minor: 100, currency: account.merchant.feeType, description: text };
      const { json } = await at.office.create(wanted, `emoji-of-the-merchant-${account.merchant.mchId}`);
      const { id } = json.order;
      await until('it can be paid', async () => (await at.office.history(id)).json.order.code_url);
      assert.equal((await at.office.history(id)).json.order.description, text);
      assert.equal((await simulator.order(id)).body, at.isV2 ? text : 'Tea  for two');
    });

    if (account.letter === 'G') {
      test('a refund’s notification that does not name its order finds it by the refund’s number', async () => {
        const order = await pay();
        await simulator.switch({ ...QUICK_REFUNDS, 'left-out': ['out_trade_no'] });
        await at.office.refund(order.id, { out_refund_no: 'R1', amount_minor: 800 });
        await refundIs(order, 'refunded');
        await simulator.switch(QUICK_REFUNDS);
        assert.ok(!(await asked(order)).includes('refund-query'), 'the notification was enough');
      });
    }

    test('a payment whose notification is lost is found by a query', async () => {
      const order = await at.shop.placePayable();
      await simulator.switch({ ...QUICK_REFUNDS, notifications: 'off' });
      await simulator.pay(order.view.code_url);
      assert.equal((await at.office.query(order.id)).status, 200);
      await at.shop.becomes('paid', order);
      await simulator.switch(QUICK_REFUNDS);
      assert.ok((await asked(order)).some((call) => /query/.test(call)));
    });
  });
}

test('what nobody pays is closed at WeChat Pay and here, by each of them', async () => {
  const open = [];
  for (const at of Object.values(workers)) open.push({ at, order: await at.shop.placePayable() });
  const pass = async (ms) => {
    await simulator.advance(ms);
    for (const { worker } of Object.values(workers)) await goAhead(worker, ms);
  };
  for (const { at, order } of open) await at.shop.cancel(order);
  await pass(6 * 60_000);
  await until('all are closed', async () => {
    const states = [];
    for (const { at, order } of open) {
      const { state } = (await at.office.history(order.id)).json;
      if (state !== 'closed') states.push(state);
      if (state !== 'closed') await at.office.query(order.id);
    }
    if (states.length === 0) return true;
    // The pace of queries is the clock's.
    await pass(11_000);
    throw new Error(`${states}`);
  });
  for (const { order } of open) assert.equal((await simulator.order(order.id)).trade_state, 'CLOSED');
});
