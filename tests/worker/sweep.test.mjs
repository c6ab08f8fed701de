// The sweep: it visits all orders that are not settled, so that no row hides another. It also completes the index after the
// index was set back to an earlier state.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { onStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';
import { withMortalWorker } from '../support/worker/mortal-worker.mjs';

const HOUR_MS = 3_600_000;
/** A sweep every ten minutes. */
const SWEEPS_A_DAY = 144;

describe('the sweep', () => {
  const stage = onStage(BACK_OFFICE);
  let office, index, sweep;
  before(async () => {
    office = new BackOffice(stage.worker);
    index = await stage.worker.miniflare.getD1Database('INDEX');
    const worker = await stage.worker.miniflare.getWorker();
    sweep = () => worker.scheduled({ cron: '*/10 * * * *' });
  });

  async function paid() {
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    await office.listed(order.id, ({ state, settled }) => state === 'paid' && settled);
    return order;
  }

  const rows = async () => (await index.prepare('SELECT * FROM orders ORDER BY out_trade_no').all()).results;
  const shown = async () =>
    (await index.prepare('SELECT * FROM orders LEFT JOIN open_matters USING (out_trade_no) ORDER BY out_trade_no').all()).results;

  test('finds an order behind two hundred rows that lead nowhere, and leaves those out from then on', async () => {
    const order = await paid();
    const dead = Array.from({ length: 200 }, (_, at) => `Hdead${String(at).padStart(3, '0')}`);
    const insert = index.prepare(
      `INSERT INTO orders (out_trade_no, version, state, is_final, description, amount_minor, currency, refunded_minor,
         placed_at_ms, exceptions) VALUES (?1, 1, 'closing', 0, 'of the tests', 1, 'HKD', 0, 1000, '[]')`,
    );
    await index.batch(dead.map((number) => insert.bind(number)));
    const behind = "UPDATE orders SET state = 'awaiting_payment', is_final = 0, version = 1, placed_at_ms = placed_at_ms - ?2 WHERE out_trade_no = ?1";
    await index.prepare(behind).bind(order.id, 4 * HOUR_MS).run();

    for (let sweeps = 0; sweeps < 6; sweeps += 1) await sweep();
    await office.listed(order.id, ({ state, settled }) => state === 'paid' && settled);
    const kept = (await rows()).filter(({ out_trade_no }) => out_trade_no.startsWith('Hdead'));
    assert.equal(kept.length, 200, 'nothing is thrown away');
    const listed = (await office.list('?before_ms=2000')).json;
    assert.ok(listed.length > 0 && listed.every(({ lost_at_ms, state, settled }) => lost_at_ms > 0 && state === 'closing' && !settled));
    assert.ok(stage.worker.log.some((line) => line.includes('Hdead000')), 'the log names them');
  });

  test('goes on where it stopped: orders that look after themselves hide none behind them', async () => {
    const orders = [];
    for (let at = 0; at < 41; at += 1) orders.push(await stage.shop.placePayable());
    const ids = orders.map(({ id }) => id).sort();
    for (const id of ids) await office.listed(id, ({ state }) => state === 'awaiting_payment');
    // Forty old orders, more than one sweep wakes, have nothing to write. The order behind them has.
    await index.prepare('UPDATE orders SET placed_at_ms = 1000, version = version + 1000 WHERE is_final = 0').run();
    await index.prepare("UPDATE orders SET version = 0, state = 'of the tests' WHERE out_trade_no = ?1").bind(ids.at(-1)).run();
    for (let sweeps = 0; sweeps < 2; sweeps += 1) await sweep();
    await office.listed(ids.at(-1), ({ state }) => state === 'awaiting_payment');
    await index.prepare('DELETE FROM orders').run();
  });

  test('leaves an order alone that is settled, and one that is young', async () => {
    const settled = await paid();
    const young = await stage.shop.placePayable();
    await office.listed(young.id, () => true);
    await index.prepare("UPDATE orders SET version = 0, state = 'of the tests', is_final = 1, placed_at_ms = 1 WHERE out_trade_no = ?1").bind(settled.id).run();
    await index.prepare("UPDATE orders SET version = 0, state = 'of the tests' WHERE out_trade_no = ?1").bind(young.id).run();
    for (let sweeps = 0; sweeps < 3; sweeps += 1) await sweep();
    const states = (await rows()).filter(({ out_trade_no }) => [settled.id, young.id].includes(out_trade_no));
    assert.deepEqual(states.map(({ state }) => state), ['of the tests', 'of the tests']);
    await index.prepare('DELETE FROM orders').run();
  });

  test('makes an index whole again that was set back to yesterday', async () => {
    const orders = await Promise.all(Array.from({ length: 12 }, () => stage.shop.placePayable()));
    for (const { id } of orders) await office.listed(id, ({ state }) => state === 'awaiting_payment');
    const yesterday = await rows();
    await Promise.all(orders.slice(0, 8).map(({ view }) => stage.gateway.pay(view.code_url)));
    for (const { id } of orders.slice(0, 8)) await office.listed(id, ({ state, settled }) => state === 'paid' && settled);
    await refundOf(orders[0]);
    const today = await shown();

    await setBack(yesterday);
    let sweeps = 0;
    const whole = async () => {
      if (sweeps < SWEEPS_A_DAY) await sweep();
      sweeps += 1;
      const now = await shown();
      assert.deepEqual(now.map(pick), today.map(pick));
      return now.length === today.length;
    };
    await until('it is whole', whole);
    assert.ok(sweeps < SWEEPS_A_DAY, `${sweeps} sweeps`);
  });

  /** Asks for a refund. The second gateway knows no refunds, so it stays under way. */
  async function refundOf(order) {
    const { status } = await office.refund(order.id, { out_refund_no: `R-${order.id}`, amount_minor: 100 });
    assert.equal(status, 200);
    await office.listed(order.id, ({ settled }) => !settled);
  }

  /** Restores these rows. All of them get an older date, so that the sweep visits them. */
  async function setBack(to) {
    const columns = Object.keys(to[0]);
    const values = columns.map((_, at) => `?${at + 1}`);
    const insert = index.prepare(`INSERT INTO orders (${columns}) VALUES (${values})`);
    const older = to.map((row) => ({ ...row, placed_at_ms: row.placed_at_ms - 4 * HOUR_MS }));
    await index.batch(['orders', 'open_matters', 'lost'].map((table) => index.prepare(`DELETE FROM ${table}`)));
    await index.batch(older.map((row) => insert.bind(...columns.map((name) => row[name]))));
  }

  const pick = ({ out_trade_no, state, is_final, transaction_id, refunded_minor, refunding_minor }) => ({
    out_trade_no,
    state,
    is_final,
    transaction_id,
    refunded_minor,
    refunding_minor,
  });
});

test('a row that vanished comes back by itself a day after its order came to rest', () =>
  withMortalWorker(async ({ gateway, start, kill, dead }) => {
    const first = await start();
    const order = await first.shop.placePayable();
    await gateway.pay(order.view.code_url);
    await first.office.listed(order.id, ({ settled }) => settled);
    const index = await first.worker.miniflare.getD1Database('INDEX');
    await index.prepare('DELETE FROM orders').run();
    await kill();
    await dead.change("UPDATE snapshot SET json = json_replace(json, '$.order.timers.reindex', 1)");
    await dead.ringAlarms();

    const { office } = await start();
    await office.listed(order.id, ({ state, settled }) => state === 'paid' && settled);
  }));
