// A merchant changes over between API v2 and API v3, in either direction, while orders are open in every state. The same simulator
// answers before and after, so both APIs see one book of trades. Each order keeps its API to its end, and nothing is lost.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { ACCOUNTS, byPublicKey } from '../support/gateway/accounts.mjs';
import { startSimulatorOfAll } from '../support/gateway/simulator.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { Shop, anIdempotencyKey } from '../support/shop/shop.mjs';
import { until } from '../support/until.mjs';
import { goAhead, modulesWithClock } from '../support/worker/moved-clock.mjs';
import { WEBHOOK_SECRET, startReceiver } from '../support/worker/webhook-receiver.mjs';
import { startWorker } from '../support/worker/worker.mjs';

const V2 = ACCOUNTS['API v2'];
const V3 = ACCOUNTS['API v3, global'];
const LONG = 10 * 60_000;
const patiently = { withinMs: 45_000 };

/** Plays with a simulator, a receiver of webhooks, and a Worker that `start` starts again and again over one storage. */
async function over(play) {
  const storage = await mkdtemp(join(tmpdir(), 'wechatpay-edge-'));
  const clock = { aheadMs: 0 };
  const [simulator, receiver] = await Promise.all([startSimulatorOfAll(), startReceiver({ aheadMs: () => clock.aheadMs })]);
  let worker;
  let port;
  const stop = () => worker?.stop();
  const start = async (account, more = {}) => {
    await stop();
    const vars = { ...BACK_OFFICE.vars, ORDER_SECRET: 'the order secret of a merchant who changes over', WEBHOOK_URL: receiver.url, WEBHOOK_SECRET };
    const platform = { ...BACK_OFFICE.platform, modules: await modulesWithClock() };
    worker = await startWorker({ gateway: await simulator.as(account, more), storage, port, vars, platform });
    port = worker.port;
    const pass = async (ms) => {
      clock.aheadMs += ms;
      await Promise.all([simulator.advance(ms), goAhead(worker, ms)]);
    };
    return { pass, shop: new Shop(worker), office: new BackOffice(worker) };
  };
  try {
    await play({ simulator, receiver, start, stop });
  } finally {
    await stop();
    await receiver.stop();
    await simulator.stop();
    await rm(storage, { recursive: true, force: true });
  }
}

/** Pays an order, which hears of it by its notification. */
async function pay({ simulator, shop }, order) {
  await simulator.pay(order.view.code_url);
  await shop.becomes('paid', order, patiently);
  return order;
}

/** Waits until an order is closed. The pace of its queries is the clock's. */
const isClosed = ({ pass, office }, order) =>
  until(
    `${order.id} is closed`,
    async () => {
      const { state } = (await office.history(order.id)).json;
      if (state === 'closed') return true;
      await pass(11_000);
      await office.query(order.id);
      throw new Error(state);
    },
    { ...patiently, everyMs: 200 },
  );

/** Orders in every state that an order can be in while it is open. `at` is the Worker before the change. */
async function ordersInEveryState(at) {
  const { simulator, receiver, shop, office } = at;
  const paid = async () => pay(at, await shop.placePayable());
  await simulator.switch({ 'refund-takes-ms': LONG });
  const orders = { shown: await shop.placePayable(), 'paid while nobody listens': await shop.placePayable(), cancelled: await shop.placePayable() };
  await shop.cancel(orders.cancelled);
  orders['paid, and not told'] = await shop.placePayable();
  receiver.refuseOf(orders['paid, and not told'], 500, 500);
  await pay(at, orders['paid, and not told']);
  orders['paid, and refunded later'] = await paid();
  orders['refund under way'] = await paid();
  await office.refund(orders['refund under way'].id, { out_refund_no: 'R1', amount_minor: 700 });
  await office.refundBecomes(orders['refund under way'].id, 'R1', 'processing');
  await simulator.switch({ 'refund-takes-ms': LONG, faults: [{ name: 'html-502', call: 'unified-order' }] });
  const key = anIdempotencyKey();
  const { json } = await shop.place(undefined, { key });
  assert.equal(json.order.status, 'placing');
  orders['not placed yet'] = { id: json.order.id, token: json.token, key };
  return orders;
}

/** Brings each to its end. `at` is the Worker after the change. */
async function bringToTheirEnds(at, orders) {
  const { pass, shop, office } = at;
  const late = orders['not placed yet'];
  const again = await shop.place(undefined, { key: late.key });
  assert.deepEqual([again.status, again.json.order.id], [200, late.id], 'the key still finds its order');
  late.view = await shop.becomes('awaiting_payment', late, patiently);
  await pay(at, late);
  await pay(at, orders.shown);
  await office.refund(orders['paid, and refunded later'].id, { out_refund_no: 'R1', amount_minor: 800 });
  await office.refundBecomes(orders['paid, and refunded later'].id, 'R1', 'processing');
  // Codes grow old enough to be closed, refunds end, and what nobody heard is told again.
  await pass(LONG);
  await isClosed(at, orders.cancelled);
  await shop.becomes('paid', orders['paid while nobody listens'], patiently);
  for (const each of ['paid, and refunded later', 'refund under way']) await office.refundBecomes(orders[each].id, 'R1', 'refunded');
}

for (const [from, to] of [[V2, V3], [V3, V2]]) {
  const way = (account) => (account === V2 ? 'API v2' : 'API v3');
  test(`from ${way(from)} to ${way(to)}: orders in every state come to their right ends by the API they began with`, () =>
    over(async ({ simulator, receiver, start, stop }) => {
      // Orders of API v3 need its settings for as long as they live.
      const keys = await simulator.keysOf(V3.merchant.mchId);
      const kept = { ...V3.settings(keys), WECHAT_API: 'v2' };
      const before = { simulator, receiver, ...(await start(from)) };
      const orders = await ordersInEveryState(before);
      await stop();
      await simulator.pay(orders['paid while nobody listens'].view.code_url);
      await simulator.switch({ 'refund-takes-ms': LONG });
      const at = { simulator, receiver, ...(await start(to, to === V2 ? kept : {})) };
      const fresh = await pay(at, await at.shop.placePayable());
      assert.equal(fresh.id[0], to.letter);
      await bringToTheirEnds(at, orders);

      const entries = await simulator.exchanges();
      for (const [what, { id }] of Object.entries(orders)) {
        const calls = entries.filter(({ out_trade_no }) => out_trade_no === id).map(({ call }) => call);
        assert.deepEqual(calls.filter((call) => call.startsWith('v3 ') !== (from === V3)), [], `${what}: ${calls}`);
        const known = await simulator.order(id);
        const { json } = await at.office.history(id);
        assert.deepEqual(json.payments.map((each) => each.transaction_id), known.payments.map((each) => each.transaction_id), what);
        assert.equal(json.payments.length, what === 'cancelled' ? 0 : 1, what);
        assert.deepEqual(json.refunds.map(({ amount }) => amount.minor), known.refunds.map(({ minor }) => minor), what);
        assert.deepEqual(json.exceptions, [], what);
        const types = () => receiver.events(id).map(({ type }) => type).filter((type) => type !== 'refund.updated');
        const end = what === 'cancelled' ? 'order.closed' : 'order.paid';
        await until(`${what}: ${end}`, () => types().includes(end), patiently);
        assert.deepEqual(types(), [end], what);
      }
      const told = await simulator.notificationsSent();
      assert.deepEqual(told.filter(({ standing }) => standing !== 'received'), []);
    }));
}

test('from certificates to the public key: orders that were shown before are paid under either, and no certificate is asked for any more', () =>
  over(async ({ simulator, start }) => {
    const first = await start(V3);
    const orders = [];
    for (let count = 0; count < 6; count += 1) orders.push(await first.shop.placePayable());
    // The merchant platform has both for a while.
    await simulator.switch({ 'v3-notify-key': 'mixed', 'refund-takes-ms': 0 });
    const second = await start(V3, byPublicKey(await simulator.keysOf(V3.merchant.mchId)));
    for (const order of orders.slice(0, 5)) await pay({ simulator, ...second }, order);
    const asked = (await simulator.exchanges('v3 certificates')).length;
    await simulator.switch({ 'v3-platform-key': 'public-key', 'refund-takes-ms': 0 });
    const [, , , , , last] = orders;
    const fresh = await second.shop.placePayable();
    for (const order of [last, fresh]) {
      await pay({ simulator, ...second }, order);
      await second.office.refund(order.id, { out_refund_no: 'R1', amount_minor: 100 });
      await second.office.refundBecomes(order.id, 'R1', 'refunded');
    }
    assert.equal((await simulator.exchanges('v3 certificates')).length, asked);
    assert.deepEqual((await simulator.notificationsSent()).map(({ standing, deliveries }) => [standing, deliveries.length]).filter(([standing, count]) => standing !== 'received' || count > 1), []);
  }));
