// The index of orders: it is updated a little later, no payment waits for it, and the sweep uses it.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { notification } from '../support/gateway/notification.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { onStage, setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';

/** The statement with which an older Worker put an order's row into the index. */
const rowOf = (number, { placedAtMs, state = 'awaiting_payment', isFinal = 0, version = 1 }) =>
  `INSERT INTO orders (out_trade_no, version, state, is_final, description, amount_minor, currency, refunded_minor,
     placed_at_ms, exceptions)
   VALUES ('${number}', ${version}, '${state}', ${isFinal}, 'of the tests', 1, 'HKD', 0, ${placedAtMs}, '[]')`;

const sql = async (worker, text) => (await worker.miniflare.getD1Database('INDEX')).prepare(text).run();

describe('the index', () => {
  const stage = onStage(BACK_OFFICE);
  let office;
  before(() => (office = new BackOffice(stage.worker)));

  test('shows an order when it is placed and when it is paid', async () => {
    const order = await stage.shop.placePayable();
    await office.listed(order.id, ({ state }) => state === 'awaiting_payment');
    await stage.gateway.pay(order.view.code_url);
    const row = await office.listed(order.id, ({ state }) => state === 'paid');
    assert.equal(row.amount_minor, order.view.amount.minor);
    assert.equal(row.currency, order.view.amount.currency);
    assert.match(row.transaction_id, /^\d{28}$/);
  });

  test('lists the newest first, a page at a time', async () => {
    const first = await stage.shop.placePayable();
    const second = await stage.shop.placePayable();
    const { placed_at_ms: at } = await office.listed(second.id, () => true);
    await office.listed(first.id, () => true);
    const numbers = (await office.list()).json.map(({ out_trade_no }) => out_trade_no);
    assert.ok(numbers.indexOf(second.id) < numbers.indexOf(first.id));
    const older = (await office.list(`?before_ms=${at}`)).json.map(({ out_trade_no }) => out_trade_no);
    assert.ok(older.includes(first.id) && !older.includes(second.id));
  });

  test('lists sixty orders of one millisecond, each once', async () => {
    const now = Date.now();
    const order = await stage.shop.placePayable();
    await office.listed(order.id, () => true);
    const numbers = Array.from({ length: 60 }, (_, at) => `Hsame${String(at).padStart(3, '0')}`);
    const index = await stage.worker.miniflare.getD1Database('INDEX');
    await index.batch(numbers.map((number) => index.prepare(rowOf(number, { placedAtMs: now - 60_000 }))));

    const seen = [];
    let query = '';
    for (let last = {}; last !== undefined; query = last && `?before_ms=${last.placed_at_ms}&before=${last.out_trade_no}`) {
      const { status, json, headers } = await office.list(query);
      assert.equal(status, 200);
      seen.push(...json.map(({ out_trade_no }) => out_trade_no));
      last = json.length === 50 ? json.at(-1) : undefined;
      const next = last && `</admin/api/orders?before_ms=${last.placed_at_ms}&before=${last.out_trade_no}>; rel="next"`;
      assert.equal(headers.get('link') ?? undefined, next);
    }
    assert.equal(seen.length, new Set(seen).size, 'none twice');
    assert.deepEqual(seen.filter((number) => number.startsWith('Hsame')).toSorted(), numbers);
    assert.ok(seen.includes(order.id));
  });

  test('refuses what it does not understand, and says what to send', async () => {
    for (const query of ['?state=paid', '?before_ms=yesterday', '?before_ms=', `?before=H1`, '?before_ms=1&before=%20']) {
      const { status, json } = await office.list(query);
      assert.deepEqual([status, json.code], [400, 'invalid_query'], query);
      assert.match(json.detail, /before_ms/);
    }
  });

  test('is not taken back by an older row that comes late', async () => {
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    await office.listed(order.id, ({ state }) => state === 'paid');
    await until('it is at rest', async () => (await office.history(order.id)).json.settled);
    await sql(stage.worker, `UPDATE orders SET version = version + 100, state = 'newer' WHERE out_trade_no = '${order.id}'`);
    // A second payment makes the order write its row. That row's version is lower now.
    await stage.shop.notify(notification(stage.gateway.merchant, asPaidOrder(order.view)));
    await until('its row is written', async () => {
      const { exceptions, settled } = (await office.history(order.id)).json;
      return exceptions.length === 1 && settled;
    });
    const { state, attention_since_ms } = await office.listed(order.id, () => true);
    assert.deepEqual([state, attention_since_ms], ['newer', null]);

    // A newer row has an open matter. An older row, which comes late, has none.
    await sql(stage.worker, `INSERT INTO open_matters (out_trade_no, refunding_minor) VALUES ('${order.id}', 700)`);
    const [{ id }] = (await office.history(order.id)).json.exceptions;
    assert.equal((await office.post(`/orders/${order.id}/attention/${id}/done`)).status, 200);
    await until('its row is written', async () => (await office.history(order.id)).json.settled);
    const after = await office.listed(order.id, () => true);
    assert.deepEqual([after.state, after.refunding_minor], ['newer', 700]);
  });
});

test('while the index is down orders are placed and paid, and when it is back it catches up', async () => {
  const stage = await setStage(BACK_OFFICE);
  try {
    // A view of this name refuses every insert.
    await sql(stage.worker, 'CREATE VIEW orders AS SELECT 1 AS one');
    assert.equal((await (await stage.worker.miniflare.getWorker()).scheduled({ cron: '*/10 * * * *' })).outcome, 'ok');
    await until('the log says so', () => stage.worker.log.some((line) => line.startsWith('error the sweep failed: ')));
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    await stage.shop.becomes('paid', order);
    await sql(stage.worker, 'DROP VIEW orders');
    await new BackOffice(stage.worker).listed(order.id, ({ state }) => state === 'paid', { withinMs: 45_000 });
  } finally {
    await stage.stop();
  }
});

test('an order takes less than 450 bytes of the index', async () => {
  const stage = await setStage(BACK_OFFICE);
  try {
    await new BackOffice(stage.worker).list();
    const index = await stage.worker.miniflare.getD1Database('INDEX');
    const size = async () => (await index.prepare('UPDATE sweep SET after_ms = after_ms').run()).meta.size_after;
    const before = await size();
    const ORDERS = 20_000;
    const insert = `WITH RECURSIVE n (at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n WHERE at < ${ORDERS})
      INSERT INTO orders (out_trade_no, version, state, is_final, description, amount_minor, currency, refunded_minor, placed_at_ms,
        paid_at_ms, transaction_id, exceptions)
      SELECT 'H' || substr(lower(hex(randomblob(15))), 1, 29), 7, 'paid', 1, 'Oolong gift set, two of them', 17600, 'HKD', 0,
        1795000000000 + at * 100, 1795000030000 + at * 100, '42' || (10000000000000 + at) || '000000000000', '[]' FROM n`;
    await index.prepare(insert).run();
    const details = `{"lines":[{"sku":"oolong-gift-set","name":"Oolong gift set","quantity":2,"unit_amount":8800}],"language":"en"}`;
    await index.prepare('INSERT INTO details (out_trade_no, json) SELECT out_trade_no, ?1 FROM orders').bind(details).run();
    const bytes = ((await size()) - before) / ORDERS;
    assert.ok(bytes < 450, `${bytes} bytes`);
  } finally {
    await stage.stop();
  }
});
