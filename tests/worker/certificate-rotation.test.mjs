// WeChat Pay changes its certificates while orders are placed, paid and refunded all the time: the built Worker in front of the
// simulator, with both clocks in the test's hand.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { ACCOUNTS } from '../support/gateway/accounts.mjs';
import { startSimulatorOfAll } from '../support/gateway/simulator.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { Shop } from '../support/shop/shop.mjs';
import { until } from '../support/until.mjs';
import { goAhead, modulesWithClock } from '../support/worker/moved-clock.mjs';
import { WEBHOOK_SECRET, startReceiver } from '../support/worker/webhook-receiver.mjs';
import { startWorker } from '../support/worker/worker.mjs';

const SHOPPERS = 20;
const MINUTE_MS = 60_000;
/** From the first delivery to the fifth, by which an unannounced certificate must be known: the ladder of protocol §9.10. */
const MOST_DELIVERIES = 5;
const QUICK_REFUNDS = { 'refund-takes-ms': 200 };

let simulator;
let receiver;
let aheadMs = 0;
let worker;
let shop;
let office;
/** Every order of this file: `{ order, refunded }`. */
const orders = [];

before(async () => {
  [simulator, receiver] = await Promise.all([startSimulatorOfAll(), startReceiver({ aheadMs: () => aheadMs })]);
  await simulator.switch(QUICK_REFUNDS);
  worker = await startWorker({
    gateway: await simulator.as(ACCOUNTS['API v3, global']),
    vars: { ...BACK_OFFICE.vars, WEBHOOK_URL: receiver.url, WEBHOOK_SECRET, ORDER_EXPIRES_MINUTES: '115' },
    platform: { modules: await modulesWithClock() },
  });
  [shop, office] = [new Shop(worker), new BackOffice(worker)];
});
after(async () => {
  await worker?.stop();
  await receiver?.stop();
  await simulator?.stop();
});

async function pass(ms) {
  aheadMs += ms;
  await Promise.all([simulator.advance(ms), goAhead(worker, ms)]);
}

const patiently = { withinMs: 60_000, everyMs: 100 };

/** One shopper: orders and pays. Every second payment is refunded in part. */
async function buy() {
  const { json } = await shop.place();
  const order = { id: json.order.id, token: json.token };
  const each = { order, minor: 0 };
  orders.push(each);
  const view = await shop.becomes('awaiting_payment', order, patiently);
  await simulator.pay(view.code_url);
  await shop.becomes('paid', order, patiently);
  if (orders.indexOf(each) % 2 === 1) return;
  each.minor = 500 + orders.length;
  assert.equal((await office.refund(order.id, { out_refund_no: 'R1', amount_minor: each.minor })).status, 200);
  await office.refundBecomes(order.id, 'R1', 'refunded', patiently);
}

/** Shoppers come all the time until `play` is over. Each finishes what it began. */
async function underTraffic(play) {
  let over = false;
  let bought = 0;
  const shoppers = Array.from({ length: SHOPPERS }, async () => {
    while (!over) {
      await buy();
      bought += 1;
    }
  });
  const all = Promise.all(shoppers);
  /** Waits until so many have bought. A shopper who fails ends it. */
  const next = async (count) => {
    const goal = bought + count;
    await Promise.race([all, until(`${count} more have bought`, () => bought >= goal, { withinMs: 60_000 })]);
  };
  try {
    await play(next);
  } finally {
    over = true;
    await all;
  }
}

/** What WeChat Pay holds, and what the Worker says, of every order: one payment, one refund or none, told once. */
async function nothingIsLostOrDoubled() {
  for (const { order, minor } of orders) {
    const [known, { json }] = await Promise.all([simulator.order(order.id), office.history(order.id)]);
    assert.deepEqual(known.payments.map(({ transaction_id: id }) => id), json.payments.map(({ transaction_id: id }) => id));
    assert.equal(known.payments.length, 1);
    assert.deepEqual(known.refunds.map((refund) => refund.minor), minor ? [minor] : []);
    assert.deepEqual(json.refunds.map(({ status, amount }) => [status, amount.minor]), minor ? [['refunded', minor]] : []);
    assert.deepEqual(json.exceptions, []);
    const types = () => receiver.events(order.id).map(({ type }) => type);
    await until('each webhook', () => types().includes('order.paid') && (!minor || types().includes('refund.updated')));
    assert.equal(types().filter((type) => type === 'order.paid').length, 1);
  }
  const numbers = new Set(orders.map(({ order }) => order.id));
  assert.deepEqual((await simulator.orders()).filter(({ out_trade_no }) => !numbers.has(out_trade_no)), []);
}

/** Every notification since that one is taken in the end. Returns the numbers of their deliveries. */
async function deliveries(since) {
  const sent = (await simulator.notificationsSent()).slice(since);
  assert.deepEqual(sent.filter(({ standing }) => standing !== 'received'), []);
  return sent.map(({ deliveries }) => deliveries.length);
}

test('a certificate that is announced before it signs costs no order and no delivery, however often it changes', async () => {
  await underTraffic(async (next) => {
    for (let change = 0; change < 3; change += 1) {
      for (const to of ['announced', 'mixed', 'switched', 'settled']) {
        await next(2);
        await pass(MINUTE_MS + 1_000);
        await simulator.rotate(to);
      }
    }
    await next(SHOPPERS);
  });
  await nothingIsLostOrDoubled();
  const counts = await deliveries(0);
  assert.ok(counts.length > 60, `${counts.length} notifications`);
  assert.deepEqual(counts.filter((count) => count > 1), [], 'each was taken at once');
});

test('probes are refused and their messages come again; a certificate nobody announced is known within the ladder’s first minutes', async () => {
  const since = (await simulator.notificationsSent()).length;
  const probes = ['notification-probe', 'probe'].map((name) => ({ name, probability: 0.15, seed: 7 }));
  await simulator.switch({ ...QUICK_REFUNDS, faults: probes });
  let isOver = false;
  // The clock goes by itself: fifteen seconds of WeChat Pay's for each half second of ours.
  const clock = (async () => {
    for (; !isOver; await new Promise((resolve) => setTimeout(resolve, 500))) await pass(15_000);
  })();
  try {
    await underTraffic(async (next) => {
      for (const to of ['switched', 'settled', 'switched', 'settled']) {
        await simulator.rotate(to);
        await next(10);
      }
    });
    await until('every notification is taken', async () => (await simulator.notificationsSent()).every(({ standing }) => standing === 'received'), patiently);
  } finally {
    isOver = true;
    await clock;
  }
  await simulator.switch(QUICK_REFUNDS);
  await nothingIsLostOrDoubled();
  const counts = await deliveries(since);
  assert.ok(counts.some((count) => count > 1), 'some were refused');
  assert.deepEqual(counts.filter((count) => count > MOST_DELIVERIES), []);
});
