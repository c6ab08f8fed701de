// The index of orders: it follows behind, no payment waits for it, and the sweep works from it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { BACK_OFFICE, BackOffice } from '../support/back-office.mjs';
import { setStage } from '../support/stage.mjs';

const sql = async (worker, text) => (await worker.miniflare.getD1Database('INDEX')).prepare(text).run();

describe('the index', () => {
  let stage, office;
  before(async () => {
    stage = await setStage(BACK_OFFICE);
    office = new BackOffice(stage.worker);
  });
  after(() => stage?.stop());

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

  test('is not taken back by an older row that comes late', async () => {
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    await office.listed(order.id, ({ state }) => state === 'paid');
    await sql(stage.worker, `UPDATE orders SET version = version + 100 WHERE out_trade_no = '${order.id}'`);
    await office.query(order.id);
    assert.equal((await office.listed(order.id, () => true)).state, 'paid');
  });
});

test('while the index is down orders are placed and paid, and when it is back it catches up', async () => {
  const stage = await setStage(BACK_OFFICE);
  try {
    // A view of that name refuses every insert.
    await sql(stage.worker, 'CREATE VIEW orders AS SELECT 1 AS one');
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    await stage.shop.becomes('paid', order);
    await sql(stage.worker, 'DROP VIEW orders');
    await new BackOffice(stage.worker).listed(order.id, ({ state }) => state === 'paid', { withinMs: 45_000 });
  } finally {
    await stage.stop();
  }
});

test('a Worker without an index takes payments all the same, and says what is missing to whoever asks for the list', async () => {
  const stage = await setStage({ ...BACK_OFFICE, platform: { ...BACK_OFFICE.platform, d1Databases: {} } });
  try {
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    await stage.shop.becomes('paid', order);
    const { status, json } = await new BackOffice(stage.worker).list();
    assert.equal(status, 500);
    assert.match(json.detail, /INDEX/);
  } finally {
    await stage.stop();
  }
});
