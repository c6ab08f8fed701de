// The index in several databases: each order is in one of them, the list, the inbox and the sweep go over all, one that is down
// hides only its own rows, and a database can be added while orders live.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';

import { notification } from '../support/gateway/notification.mjs';
import { WORKER_BUILD } from '../support/project.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { onStage, setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';
import { FRONTED_INDEX } from '../support/worker/fronted-index.mjs';
import { withMortalWorker } from '../support/worker/mortal-worker.mjs';

const HOUR_MS = 3_600_000;
const NAMES = ['INDEX', 'INDEX_2', 'INDEX_3'];
const ONE = { INDEX: 'index-1' };
const THREE = { INDEX: 'index-1', INDEX_2: 'index-2', INDEX_3: 'index-3' };
const SHARDED = { ...BACK_OFFICE, platform: { ...BACK_OFFICE.platform, d1Databases: THREE } };

const databases = (worker) => Promise.all(NAMES.map((name) => worker.miniflare.getD1Database(name)));
const sweep = async (worker) => (await worker.miniflare.getWorker()).scheduled({ cron: '*/10 * * * *' });
const rowsOf = async (database, sql) => (await database.prepare(sql).all()).results;

const insert = (database, number, { placedAtMs, state = 'paid', isFinal = 1, version = 1 }) =>
  database
    .prepare(
      `INSERT INTO orders (out_trade_no, version, state, is_final, description, amount_minor, currency, refunded_minor,
         placed_at_ms, exceptions) VALUES (?1, ?2, ?3, ?4, 'of the tests', 1, 'HKD', 0, ?5, '[]')`,
    )
    .bind(number, version, state, isFinal, placedAtMs);

const open = (database, number, atMs) =>
  database
    .prepare('INSERT INTO open_matters (out_trade_no, attention, attention_since_ms) VALUES (?1, ?2, ?3)')
    .bind(number, JSON.stringify([{ id: 1, kind: 'paid_late', at_ms: atMs }]), atMs);

/** The built Worker, whose routes get no answer from this database. */
async function hangingIndex(name) {
  const at = (file) => join(WORKER_BUILD, file);
  const front = `
    import worker from './index.js';
    export { OrderObject } from './index.js';
    ${FRONTED_INDEX}
    const before = (_, binding) => (binding === '${name}' ? new Promise(() => {}) : undefined);
    export default { ...worker, fetch: (request, env, context) => worker.fetch(request, withFrontedIndex(env, { before }), context) };
  `;
  return {
    modules: [
      { type: 'ESModule', path: at('hanging.mjs'), contents: front },
      { type: 'ESModule', path: at('index.js'), contents: await readFile(at('index.js')) },
      { type: 'CompiledWasm', path: at('index_bg.wasm'), contents: await readFile(at('index_bg.wasm')) },
    ],
  };
}

/** The databases that have a row of this order, with its version. */
async function placesOf(all, number) {
  const found = [];
  for (const [at, database] of all.entries()) {
    const rows = await rowsOf(database, `SELECT version, state FROM orders WHERE out_trade_no = '${number}'`);
    if (rows.length > 0) found.push({ name: NAMES[at], ...rows[0] });
  }
  return found;
}

/** All pages of the list. */
async function listed(office, query = '') {
  const seen = [];
  for (let next = query; next !== undefined; ) {
    const { status, json, headers } = await office.list(next);
    assert.deepEqual([status, headers.get('index-missing')], [200, null]);
    seen.push(...json);
    next = /<\/admin\/api\/orders(\?[^>]+)>/.exec(headers.get('link') ?? '')?.[1];
  }
  return seen;
}

describe('an index of three databases', () => {
  const stage = onStage(SHARDED);
  let office, all;
  before(async () => {
    office = new BackOffice(stage.worker);
    all = await databases(stage.worker);
  });

  test('shares the orders: each is in one database, and all of them have some', async () => {
    const orders = await Promise.all(Array.from({ length: 16 }, () => stage.shop.placePayable()));
    await stage.gateway.pay(orders[0].view.code_url);
    for (const { id } of orders.slice(1)) await office.listed(id, ({ state }) => state === 'awaiting_payment');
    await office.listed(orders[0].id, ({ state, settled }) => state === 'paid' && settled);
    const places = await Promise.all(orders.map(({ id }) => placesOf(all, id)));
    assert.ok(places.every(({ length }) => length === 1), JSON.stringify(places));
    assert.deepEqual([...new Set(places.map(([{ name }]) => name))].sort(), NAMES);
    assert.equal((await listed(office)).filter(({ out_trade_no }) => orders.some(({ id }) => id === out_trade_no)).length, 16);
  });

  test('is one list: the newest first, a page at a time, each order once, as it was written last', async () => {
    const at = Date.now() - 24 * HOUR_MS;
    // Five orders in each millisecond, in all databases. Every seventh has an older row in another one.
    const numbers = Array.from({ length: 130 }, (_, n) => `Hpage${String(n).padStart(3, '0')}`);
    const placedAtMs = (n) => at + Math.floor(n / 5);
    await Promise.all(all.map((database) => rowsOf(database, 'SELECT count(*) FROM orders')));
    for (const [n, number] of numbers.entries()) {
      await insert(all[(n * 7 + 3) % 3], number, { placedAtMs: placedAtMs(n), version: 2 }).run();
      if (n % 7 === 0) await insert(all[(n * 7 + 4) % 3], number, { placedAtMs: placedAtMs(n), version: 1, state: 'awaiting_payment' }).run();
    }
    const seen = (await listed(office)).filter(({ out_trade_no }) => out_trade_no.startsWith('Hpage'));
    assert.deepEqual(seen.map(({ out_trade_no }) => out_trade_no), numbers.toReversed());
    assert.ok(seen.every(({ state }) => state === 'paid'), 'the newer row counts');
    await Promise.all(all.map((database) => rowsOf(database, "DELETE FROM orders WHERE out_trade_no LIKE 'Hpage%'")));
  });

  test('is one inbox, the oldest first, a page at a time', async () => {
    const numbers = Array.from({ length: 70 }, (_, n) => `Hopen${String(n).padStart(3, '0')}`);
    for (const [n, number] of numbers.entries()) await open(all[(n * n) % 3], number, 1_000 + Math.floor(n / 4)).run();
    const seen = [];
    for (let query = ''; query !== undefined; ) {
      const { json } = await office.attention(query);
      seen.push(...json.attention.map(({ out_trade_no }) => out_trade_no));
      query = json.next?.replace('/admin/api/attention', '');
    }
    assert.deepEqual(seen.filter((number) => number.startsWith('Hopen')), numbers);
    // An order that does not exist is forgotten wherever it is.
    for (const number of numbers.slice(0, 3)) assert.equal((await office.post(`/orders/${number}/attention/1/done`)).status, 204);
    assert.equal((await office.attention()).json.attention[0].out_trade_no, numbers[3]);
    await Promise.all(all.map((database) => rowsOf(database, 'DELETE FROM open_matters')));
  });

  test('is swept in each database: an order whose row is behind, and rows that lead nowhere', async () => {
    const orders = await Promise.all(Array.from({ length: 12 }, () => stage.shop.placePayable()));
    for (const { id } of orders) await office.listed(id, ({ state }) => state === 'awaiting_payment');
    for (const [at, database] of all.entries()) {
      await rowsOf(database, `UPDATE orders SET version = 0, state = 'of the tests', placed_at_ms = placed_at_ms - ${4 * HOUR_MS} WHERE is_final = 0`);
      await insert(database, `Hdead${at}`, { placedAtMs: 1_000, state: 'closing', isFinal: 0 }).run();
    }
    await sweep(stage.worker);
    for (const { id } of orders) await office.listed(id, ({ state }) => state === 'awaiting_payment');
    for (const [at, database] of all.entries()) {
      assert.equal((await rowsOf(database, `SELECT * FROM lost WHERE out_trade_no = 'Hdead${at}'`)).length, 1, NAMES[at]);
    }
    const dead = (await office.list('?before_ms=2000')).json;
    assert.deepEqual(dead.map(({ out_trade_no, lost_at_ms }) => [out_trade_no, lost_at_ms > 0]), [['Hdead2', true], ['Hdead1', true], ['Hdead0', true]]);
    await Promise.all(all.map((database) => rowsOf(database, 'DELETE FROM orders')));
  });
});

test('while one database is down the others are listed, the answer names it, orders are paid, and it catches up', async () => {
  const stage = await setStage(SHARDED);
  try {
    const [office, all] = [new BackOffice(stage.worker), await databases(stage.worker)];
    const before = await Promise.all(Array.from({ length: 12 }, () => stage.shop.placePayable()));
    for (const { id } of before) await office.listed(id, () => true);
    const hidden = (await rowsOf(all[1], 'SELECT out_trade_no FROM orders')).map(({ out_trade_no }) => out_trade_no);
    assert.ok(hidden.length > 0);
    const isAway = async (database, [from, to] = ['', '_away']) => {
      for (const table of ['orders', 'open_matters']) await rowsOf(database, `ALTER TABLE ${table}${from} RENAME TO ${table}${to}`);
    };
    await isAway(all[1]);

    const list = await office.list();
    assert.deepEqual([list.status, list.headers.get('index-missing'), list.json.length], [200, 'INDEX_2', before.length - hidden.length]);
    const inbox = await office.attention();
    assert.deepEqual([inbox.status, inbox.headers.get('index-missing')], [200, 'INDEX_2']);
    for (const { view } of before) await stage.gateway.pay(view.code_url);
    for (const order of before) await stage.shop.becomes('paid', order);
    await until('the others show it', async () => (await office.list()).json.every(({ state }) => state === 'paid'));
    // The sweep of the others goes on.
    await insert(all[2], 'Hdead', { placedAtMs: 1_000, state: 'closing', isFinal: 0 }).run();
    await sweep(stage.worker);
    assert.equal((await rowsOf(all[2], 'SELECT * FROM lost')).length, 1);
    await until('the log names the database', () => stage.worker.log.some((line) => line.startsWith('error the sweep failed: INDEX_2: ')));

    await isAway(all[1], ['_away', '']);
    for (const id of hidden) await office.listed(id, ({ state }) => state === 'paid', { withinMs: 45_000 });
    assert.equal((await office.list()).headers.get('index-missing'), null);

    for (const database of all) await isAway(database);
    assert.equal((await office.list()).status, 500, 'a list of nothing is no list');
  } finally {
    await stage.stop();
  }
});

test('a database that never answers keeps nobody waiting longer than five seconds', async () => {
  const stage = await setStage({ ...SHARDED, platform: { ...SHARDED.platform, ...(await hangingIndex('INDEX_2')) } });
  try {
    const office = new BackOffice(stage.worker);
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    await stage.shop.becomes('paid', order);
    const began = Date.now();
    const [list, inbox] = await Promise.all([office.list(), office.attention()]);
    assert.ok(Date.now() - began >= 4_900 && Date.now() - began < 10_000, `${Date.now() - began} ms`);
    for (const { status, headers } of [list, inbox]) assert.deepEqual([status, headers.get('index-missing')], [200, 'INDEX_2']);
  } finally {
    await stage.stop();
  }
});

test('an audit log whose database never answers holds a refund up for some seconds, and the refund is made', async () => {
  const stage = await setStage({ ...SHARDED, platform: { ...SHARDED.platform, ...(await hangingIndex('INDEX')) } });
  try {
    const office = new BackOffice(stage.worker);
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    await stage.shop.becomes('paid', order);
    const { status, json } = await office.refund(order.id, { out_refund_no: 'R1', amount_minor: 100 });
    assert.equal(status, 200, JSON.stringify(json));
    const [refund] = (await office.history(order.id)).json.refunds;
    assert.equal(refund.out_refund_no, 'R1');
    assert.ok(stage.worker.log.some((line) => line.includes('the audit log may have no row of this')), stage.worker.log.join('\n'));
  } finally {
    await stage.stop();
  }
});

test('INDEX_2 is a second database: added while orders live, none is lost or shown twice, and what is done is not shown again', () =>
  withMortalWorker(async ({ gateway, start, kill }) => {
    const first = await start({}, { d1Databases: ONE });
    const orders = [];
    for (let n = 0; n < 18; n += 1) orders.push(await first.shop.placePayable());
    const [early, late, twice] = [orders.slice(0, 6), orders.slice(6, 12), orders.slice(12)];
    const pays = ({ view }) => gateway.pay(view.code_url);
    for (const order of [...early, ...twice]) await pays(order);
    for (const order of twice) await first.shop.notify(notification(gateway.merchant, asPaidOrder(order.view)));
    for (const { id } of early) await first.office.listed(id, ({ settled }) => settled);
    for (const { id } of twice) await first.office.waiting(id, ({ kind }) => kind === 'paid_twice');
    for (const { id } of late) await first.office.listed(id, ({ state }) => state === 'awaiting_payment');
    await kill();

    const { worker, shop, office } = await start({}, { d1Databases: THREE });
    const all = await databases(worker);
    const once = async () => {
      const seen = (await listed(office)).map(({ out_trade_no }) => out_trade_no).sort();
      assert.deepEqual(seen, orders.map(({ id }) => id).sort());
    };
    await once();
    for (const order of late) await pays(order);
    for (const order of late) await shop.becomes('paid', order);
    for (const { id } of late) await office.listed(id, ({ state, settled }) => state === 'paid' && settled);
    await once();
    const moved = (await Promise.all(late.map(async ({ id }) => ({ id, places: await placesOf(all, id) })))).filter(({ places }) => places.length > 1);
    assert.ok(moved.length > 0, 'some have a new home, and an older row in the first database');

    // What was bought comes along, and what a person said is forgotten wherever it is.
    const bought = (await listed(office)).map(({ lines }) => lines.length);
    assert.ok(bought.every((lines) => lines > 0), JSON.stringify(bought));
    const left = `SELECT json FROM details WHERE out_trade_no = '${moved[0].id}'`;
    await rowsOf(all[0], `UPDATE details SET json = json_set(json, '$.shopper', json('{"email":"a@b.example"}')) WHERE out_trade_no = '${moved[0].id}'`);
    assert.match((await rowsOf(all[0], left))[0].json, /a@b/);
    assert.equal((await office.post(`/orders/${moved[0].id}/forget`)).status, 200);
    assert.doesNotMatch((await rowsOf(all[0], left))[0].json, /a@b/);

    // What is dealt with does not stay in the inbox, wherever it stood.
    assert.equal((await office.attention()).json.attention.length, twice.length);
    for (const { id } of twice) {
      const { done } = await office.waiting(id, ({ kind }) => kind === 'paid_twice');
      assert.equal((await office.post(done)).status, 200);
    }
    await until('the inbox is empty', async () => (await office.attention()).json.attention.length === 0);
    for (const { id } of twice) assert.equal((await placesOf(all, id)).length, 1, 'an order with an exception has left its old place');
    await once();

    // The sweep takes the older rows away, once their orders are old: a row at home first, then the removal.
    for (const database of all) await rowsOf(database, `UPDATE orders SET placed_at_ms = placed_at_ms - ${4 * HOUR_MS}`);
    await sweep(worker);
    for (const { id } of late) assert.equal((await placesOf(all, id)).length, 1, id);
    assert.equal((await rowsOf(all[0], left)).length, 0, 'with all that was said of it');
    await once();

    // A row that its home has not: the sweep has it written there.
    const [{ id }] = moved;
    const home = all[NAMES.indexOf((await placesOf(all, id))[0].name)];
    await rowsOf(home, `DELETE FROM orders WHERE out_trade_no = '${id}'`);
    await insert(all[0], id, { placedAtMs: Date.now() - 4 * HOUR_MS, state: 'awaiting_payment', isFinal: 0 }).run();
    await sweep(worker);
    await office.listed(id, ({ state }) => state === 'paid');
    await sweep(worker);
    assert.deepEqual((await placesOf(all, id)).map(({ state }) => state), ['paid']);
  }));

test('a gap between the databases is named by /healthz, and those before it are used', async () => {
  const stage = await setStage({ ...BACK_OFFICE, platform: { ...BACK_OFFICE.platform, d1Databases: { INDEX: 'index-1', INDEX_3: 'index-3' } } });
  try {
    const order = await stage.shop.placePayable();
    await new BackOffice(stage.worker).listed(order.id, () => true);
    assert.equal((await fetch(`${stage.worker.url}/healthz`)).status, 503);
    await until('the log names it', () => stage.worker.log.some((line) => line.includes('the binding INDEX_2 is missing')));
  } finally {
    await stage.stop();
  }
});
