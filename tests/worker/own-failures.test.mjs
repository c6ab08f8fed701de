// Failures on the Worker's own side: an alarm, an object that cannot read its order or does not answer, the index, the assets,
// a missing binding. No order is left without an alarm, WeChat is asked to repeat its message, and everything that can go on
// goes on.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';

import { SUCCESS_REPLY, notification } from '../support/gateway/notification.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { CATALOG, GOODS, lines } from '../support/shop/catalog.mjs';
import { OFFER_KEY, anOffer } from '../support/shop/offer.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { onStage, setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';
import { withMortalWorker } from '../support/worker/mortal-worker.mjs';
import { oddPlatform } from '../support/worker/odd-platform.mjs';

const { vars, platform } = BACK_OFFICE;
/** A merchant's Worker on a platform that behaves like this. */
const on = async (odd) => ({ vars, platform: await oddPlatform({ ...odd, serviceBindings: platform.serviceBindings }) });

const GOODS_OFFERED = { sku: 'tea', name: 'Oolong', amount: 8800, currency: 'HKD' };

const sweep = async (worker) => (await worker.miniflare.getWorker()).scheduled({ cron: '*/10 * * * *' });
const logged = (worker, what) => until(`the log says ${what}`, () => worker.log.some((line) => what.test(line)));
const paidTo = (merchant, order) => notification(merchant, asPaidOrder(order.view));

async function withStage(options, play) {
  const stage = await setStage(options);
  try {
    await play({ ...stage, office: new BackOffice(stage.worker) });
  } finally {
    await stage.stop();
  }
}

/** Makes one order's row the oldest and puts rows without orders behind it, more of them than the sweep wakes at once. */
async function putBehind({ miniflare }, { id }) {
  const index = await miniflare.getD1Database('INDEX');
  const insert = index.prepare(
    `INSERT INTO orders (out_trade_no, version, state, is_final, description, amount_minor, currency, refunded_minor,
       placed_at_ms, exceptions) VALUES (?1, 1, 'closing', 0, 'of the tests', 1, 'HKD', 0, 2000, '[]')`,
  );
  await index.batch([
    ...['orders', 'lost'].map((table) => index.prepare(`DELETE FROM ${table} WHERE out_trade_no LIKE 'Hdead%'`)),
    ...Array.from({ length: 8 }, (_, at) => insert.bind(`Hdead${at}`)),
    index.prepare('UPDATE orders SET placed_at_ms = 1000, is_final = 0 WHERE out_trade_no = ?1').bind(id),
  ]);
  const numbers = async (sql) => (await index.prepare(sql).all()).results.map(({ out_trade_no }) => out_trade_no);
  return {
    index,
    notSettled: () => numbers('SELECT out_trade_no FROM orders WHERE is_final = 0'),
    lost: () => numbers('SELECT out_trade_no FROM lost ORDER BY out_trade_no'),
  };
}

describe('an order that cannot be read now', { concurrency: true }, () => {
  const FAILED = /^error order \S+: the alarm failed and rings again: /;

  /** Lets the order's alarm ring, checks that it is set again for half a minute later, and then runs `play`. */
  const ringing = (faults, odd, play = async () => {}) =>
    withMortalWorker(async ({ start, kill, dead }) => {
      const first = await start();
      const order = await first.shop.placePayable();
      await first.office.listed(order.id, ({ state }) => state === 'awaiting_payment');
      await kill();
      await dead.change("UPDATE snapshot SET json = json_set(json, '$.v', 4000)");
      await dead.ringAlarms();

      const began = Date.now();
      const { worker } = await start(faults, odd);
      await until('its alarm is set again', async () => {
        const [{ value }] = (await dead.steps()).alarm;
        return Number(value / 1_000_000n) - began > 25_000;
      });
      await play({ worker, order });
      const failures = 1 + Number(faults?.FAILING_ALARMS ?? 0);
      await until(`it has failed ${failures} times`, () => worker.log.filter((line) => FAILED.test(line)).length === failures);
    });

  test('rings again after half a minute, and does not end the sweep for those behind it', () =>
    ringing(undefined, undefined, async ({ worker, order }) => {
      const { notSettled } = await putBehind(worker, order);
      await sweep(worker);
      await logged(worker, new RegExp(`order ${order.id}: the sweep could not wake it: status 500`));
      assert.deepEqual(await notSettled(), [order.id], 'it is asked again in the next round');
    }));

  test('and whose alarm cannot even be set again rings when the platform repeats it', async () =>
    ringing({ FAILING_ALARMS: '1' }, await oddPlatform()));
});

describe('what takes long', { concurrency: true }, () => {
  describe('an object that does not answer', { concurrency: 1 }, () => {
    const stage = onStage(() => on({ ask: (path) => ask(path) }));
    let order, merchant, ask;
    before(() => {
      ({ merchant } = stage.gateway);
    });
    beforeEach(async () => {
      ask = () => {};
      order = await stage.shop.placePayable();
      await new BackOffice(stage.worker).listed(order.id, ({ state }) => state === 'awaiting_payment');
    });

    test('has not stored the message: WeChat is asked to tell it again, and the next time it counts', async () => {
      ask = (path) => {
        if (path === '/notify') throw new Error('the object is moving');
      };
      assert.match((await stage.shop.notify(paidTo(merchant, order))).text, /FAIL.*try again later/);
      await logged(stage.worker, new RegExp(`^error order ${order.id}: a notification was not stored: `));
      assert.equal(await stage.shop.status(order), 'awaiting_payment');
      ask = () => {};
      assert.equal((await stage.shop.notify(paidTo(merchant, order))).text, SUCCESS_REPLY);
      assert.equal(await stage.shop.status(order), 'paid');
    });

    test('is not passed over for an order under another number, which could be paid, too', async () => {
      const key = 'a-key-of-an-order-that-may-be-there';
      const { json } = await stage.shop.place(undefined, { key });
      const placed = await stage.gateway.orderNumbersSeen();
      ask = (path) => {
        if (path === '/find') throw new Error('the object is moving');
      };
      const again = await stage.shop.place(undefined, { key });
      assert.deepEqual([again.status, again.json.code], [500, 'internal']);
      assert.deepEqual(await stage.gateway.orderNumbersSeen(), placed);
      ask = () => {};
      assert.equal((await stage.shop.place(undefined, { key })).json.order.id, json.order.id);
    });

    test('soon and is asked twice at once, for other goods under one key, makes one order; the other request is a conflict', async () => {
      const key = 'a-key-of-two-pages-at-once';
      const both = Promise.withResolvers();
      let placing = 0;
      // Both requests have found no order before the first one places its order.
      ask = (path) => {
        if (path !== '/place') return undefined;
        placing += 1;
        if (placing === 2) both.resolve();
        return both.promise;
      };
      const wishes = [lines(GOODS, 1), lines(GOODS, 2)];
      const answers = await Promise.all(wishes.map((wish) => stage.shop.place(wish, { key })));
      assert.deepEqual(answers.map(({ status }) => status).toSorted(), [201, 409]);
      assert.equal(answers.find(({ status }) => status === 409).json.code, 'idempotency_conflict');
    });

    /** Waits until the sweep has asked. Until `release` is called it gets no answer. */
    async function sweepAsking() {
      const [asked, gate] = [Promise.withResolvers(), Promise.withResolvers()];
      ask = (path) => (path === '/poke' ? (asked.resolve(), gate.promise) : undefined);
      const sweeping = sweep(stage.worker);
      await asked.promise;
      return async () => (gate.resolve(), sweeping);
    }

    test('soon is waited for by the sweep, and a row that was written again meanwhile is not lost', async () => {
      const { index, lost, notSettled } = await putBehind(stage.worker, order);
      const release = await sweepAsking();
      await index.prepare("UPDATE orders SET version = 2, state = 'paid' WHERE out_trade_no = 'Hdead1'").run();
      await release();
      assert.deepEqual(await lost(), [0, 2, 3, 4, 5, 6, 7].map((at) => `Hdead${at}`));
      assert.ok((await notSettled()).includes('Hdead1'), 'the sweep goes on asking for it');
    });

    test('at all is left by the sweep after ten seconds for those behind it', async () => {
      const { index, notSettled } = await putBehind(stage.worker, order);
      // The sweep asks nobody about a text that is not an order number.
      await index.prepare("UPDATE orders SET out_trade_no = 'no number ' || out_trade_no WHERE out_trade_no LIKE 'Hdead%'").run();
      const release = await sweepAsking();
      await until('the others are looked after', async () => !(await notSettled()).some((number) => number.startsWith('no number')));
      await logged(stage.worker, new RegExp(`order ${order.id}: the sweep could not wake it: no answer within 10000 ms`));
      await release();
    });
  });

  test('an index that never answers one write gets its row by another', async () => {
    let writes = 0;
    const gate = () => ((writes += 1) === 1 ? new Promise(() => {}) : undefined);
    await withStage(await on({ gate }), async ({ worker, shop, gateway, office }) => {
      const held = gateway.hold('unifiedorder');
      const placing = shop.place();
      const letGo = await held;
      await until('its first row waits for the index', () => writes === 1);
      letGo();
      const { json } = await placing;
      await logged(worker, /was not accepted \(try 1\): the index took longer than 10000 ms/);
      await office.listed(json.order.id, () => true);
    });
  });
});

describe('the site’s files', () => {
  let stage, answer;
  before(async () => (stage = await setStage({ platform: { assets: undefined, serviceBindings: { ASSETS: () => answer() } } })));
  after(() => stage?.stop());

  const faults = {
    'are down': () => new Response('no', { status: 500 }),
    'have a page in the place of the catalogue': () => new Response('<!doctype html><title>Not here</title>'),
    'have moved': () => new Response(null, { status: 302, headers: { location: 'https://elsewhere.example/catalog.json' } }),
    'have a catalogue without prices': () => Response.json({ currency: 'HKD', items: [{ sku: 'tea-gift-set' }] }),
    'cannot be asked': () => {
      throw new Error('nobody there');
    },
  };
  for (const [what, fails] of Object.entries(faults)) {
    test(`${what}: no order is placed and the log says why`, async () => {
      answer = fails;
      const lines = stage.worker.log.length;
      const { status, json } = await stage.shop.place();
      assert.deepEqual([status, json.code], [500, 'misconfigured']);
      await until('the log says why', () => stage.worker.log.slice(lines).some((line) => /^error catalog\.json cannot be used: ./.test(line)));
      assert.deepEqual(stage.gateway.calls, []);
    });
  }

  test('are back: nothing of it was remembered', async () => {
    answer = () => Response.json(CATALOG);
    await stage.shop.placePayable();
  });
});

test('without files and without an index an offer is ordered, paid and settled all the same, and each names what is missing', () =>
  withStage({ vars: { ...vars, OFFER_KEY }, platform: { ...platform, assets: undefined, d1Databases: {} } }, async (stage) => {
    const { worker, shop, gateway, office } = stage;
    assert.equal((await shop.place()).json.code, 'misconfigured');
    await logged(worker, /the binding ASSETS is missing in wrangler\.toml/);
    const order = await shop.placePayable({ offer: await anOffer(GOODS_OFFERED) });
    await gateway.pay(order.view.code_url);
    await shop.becomes('paid', order);
    await until('it is at rest', async () => (await office.history(order.id)).json.settled);
    for (const { status, json } of [await office.list(), await office.attention()]) {
      assert.equal(status, 500);
      assert.match(json.detail, /INDEX/);
    }
    assert.equal((await sweep(worker)).outcome, 'ok');
  }));

test('without the orders’ objects nothing is taken for stored: no order is confirmed, and WeChat tells its message again', () =>
  withStage({ platform: { durableObjects: {} } }, async ({ worker, shop, gateway }) => {
    const placed = await shop.place();
    assert.deepEqual([placed.status, placed.json.code], [500, 'internal']);
    const money = { outTradeNo: 'ANOTHERSYSTEMS0001', totalFee: 8800, feeType: gateway.merchant.feeType };
    const { status, text } = await shop.notify(notification(gateway.merchant, money));
    assert.equal(status, 200);
    assert.match(text, /FAIL.*try again later/);
    await logged(worker, /order ANOTHERSYSTEMS0001: a notification was not stored: .*ORDERS/);
    assert.deepEqual(gateway.calls, []);
  }));
