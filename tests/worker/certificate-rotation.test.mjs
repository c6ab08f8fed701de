// WeChat Pay changes its certificates while orders are placed, paid and refunded all the time: the built Worker in front of the
// simulator, with both clocks in the test's hand.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { ACCOUNTS } from '../support/gateway/accounts.mjs';
import { startSimulatorOfAll } from '../support/gateway/simulator.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { Shop } from '../support/shop/shop.mjs';
import { until } from '../support/until.mjs';
import { useNoConnectionTwice } from '../support/worker/connection.mjs';
import { goAhead, modulesWithClock } from '../support/worker/moved-clock.mjs';
import { WEBHOOK_SECRET, startReceiver } from '../support/worker/webhook-receiver.mjs';
import { startWorker } from '../support/worker/worker.mjs';

const SHOPPERS = 16;
const MINUTE_MS = 60_000;
/**
 * WeChat Pay tells it again after 15, 30 and 60 seconds (protocol §9.10). The Worker asks for certificates once a minute at most,
 * so it knows one that nobody announced by the last of these.
 */
const MOST_REFUSALS = 3;
/** Refunds are done at once, and the pauses of WeChat Pay's repetitions are short. */
const QUICK = { 'refund-takes-ms': 200, 'notify-speed': 60 };

let simulator;
let receiver;
let aheadMs = 0;
let worker;
let shop;
let office;
/** Every order of this file: `{ order, refunded }`. */
const orders = [];

before(async () => {
  useNoConnectionTwice();
  [simulator, receiver] = await Promise.all([startSimulatorOfAll(), startReceiver({ aheadMs: () => aheadMs })]);
  await simulator.switch(QUICK);
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
  const look = async ({ order, minor }) => {
    const [known, { json }] = await Promise.all([simulator.order(order.id), office.history(order.id)]);
    assert.deepEqual(known.payments.map(({ transaction_id: id }) => id), json.payments.map(({ transaction_id: id }) => id));
    assert.equal(known.payments.length, 1);
    assert.deepEqual(known.refunds.map((refund) => refund.minor), minor ? [minor] : []);
    assert.deepEqual(json.refunds.map(({ status, amount }) => [status, amount.minor]), minor ? [['refunded', minor]] : []);
    assert.deepEqual(json.exceptions, []);
    const types = () => receiver.events(order.id).map(({ type }) => type);
    await until('each webhook', () => types().includes('order.paid') && (!minor || types().includes('refund.updated')));
    assert.equal(types().filter((type) => type === 'order.paid').length, 1);
  };
  await Promise.all(orders.map(look));
  const numbers = new Set(orders.map(({ order }) => order.id));
  assert.deepEqual((await simulator.orders()).filter(({ out_trade_no }) => !numbers.has(out_trade_no)), []);
}

/** How many deliveries broke off since that notification: nobody knows whether they were refused. */
async function broken(since) {
  const sent = (await simulator.notificationsSent()).slice(since);
  return sent.flatMap(({ deliveries }) => deliveries).filter(({ reply }) => reply === '').length;
}

/** How often the Worker refused each notification since that one. All are taken in the end. */
async function refusals(since = 0) {
  const all = () => simulator.notificationsSent();
  await until('every notification is taken', async () => (await all()).every(({ standing }) => standing === 'received'), patiently);
  return (await all()).slice(since).map(({ deliveries }) => deliveries.filter(({ reply }) => reply.includes('FAIL')).length);
}

test('a certificate that is announced before it signs costs no order and no delivery, however often it changes', async () => {
  await underTraffic(async (next) => {
    for (let change = 0; change < 2; change += 1) {
      for (const to of ['announced', 'mixed', 'switched', 'settled']) {
        await next(2);
        await pass(MINUTE_MS + 1_000);
        await simulator.rotate(to);
      }
    }
    await next(2);
  });
  const counts = await refusals();
  await nothingIsLostOrDoubled();
  assert.ok(counts.length >= 2 * SHOPPERS, `${counts.length} notifications`);
  assert.deepEqual(counts.filter((count) => count > 0), [], 'none was refused');
});

test('of all messages the probes alone are refused, and what they took the place of comes again', async () => {
  const since = (await simulator.notificationsSent()).length;
  const [inNotifications, inAnswers] = [12, 8];
  const faults = [
    { name: 'notification-probe', times: inNotifications },
    { name: 'probe', times: inAnswers },
  ];
  await simulator.switch({ ...QUICK, faults });
  await underTraffic((next) => next(SHOPPERS));
  const refused = (await refusals(since)).reduce((sum, count) => sum + count, 0);
  await nothingIsLostOrDoubled();
  assert.ok(refused <= inNotifications && refused + (await broken(since)) >= inNotifications, `${refused} were refused`);
});

test('a certificate that nobody announced is known within a minute of WeChat Pay’s repetitions, and nothing is lost', async () => {
  await simulator.switch({ ...QUICK, 'notify-speed': 1 });
  const since = (await simulator.notificationsSent()).length;
  let counts;
  let isOver = false;
  // The clock goes by itself: fifteen seconds for each half second of ours.
  const clock = (async () => {
    for (; !isOver; await new Promise((resolve) => setTimeout(resolve, 500))) await pass(15_000);
  })();
  try {
    await underTraffic(async (next) => {
      for (const to of ['switched', 'settled', 'switched']) {
        await simulator.rotate(to);
        await next(4);
      }
    });
    counts = await refusals(since);
  } finally {
    isOver = true;
    await clock;
  }
  await nothingIsLostOrDoubled();
  assert.deepEqual(counts.filter((count) => count > MOST_REFUSALS), []);
});
