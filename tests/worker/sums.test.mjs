// What was paid in a day and in a month of the shop.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { startGateway } from '../support/gateway/gateway.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { onStage } from '../support/stage.mjs';
import { startWorker } from '../support/worker/worker.mjs';
import { until } from '../support/until.mjs';

const HOUR_MS = 3_600_000;

/** Puts orders into the index: `[paid at, amount, currency, refunded, refunding]` each, placed a minute before they were paid. */
async function fill(worker, rows) {
  const index = await worker.miniflare.getD1Database('INDEX');
  const row = index.prepare(
    `INSERT INTO orders (out_trade_no, version, state, is_final, description, amount_minor, currency, refunded_minor,
       placed_at_ms, paid_at_ms, exceptions) VALUES (?, 1, ?, 1, 'Tea', ?, ?, ?, ?, ?, '[]')`,
  );
  const open = index.prepare('INSERT INTO open_matters (out_trade_no, refunding_minor) VALUES (?, ?)');
  await index.batch(rows.flatMap(([paid, amount, currency = 'HKD', refunded = 0, refunding = 0], at) => {
    const ms = paid === null ? null : Date.parse(paid);
    const put = row.bind(`H${at}`, paid ? 'paid' : 'closed', amount, currency, refunded, (ms ?? Date.parse('2026-03-29T12:00:00Z')) - 60_000, ms);
    return refunding ? [put, open.bind(`H${at}`, refunding)] : [put];
  }));
}

const sums = async (worker, query) => {
  const answer = await fetch(`${worker.url}/admin/api/sums${query}`, { headers: { authorization: `Bearer ${BACK_OFFICE.vars.ADMIN_TOKEN}` } });
  return { status: answer.status, json: await answer.json() };
};
const paidIn = async (worker, query) => (await sums(worker, query)).json.sums.map(({ orders, paid_minor: paid }) => [orders, paid]);

describe('the sums of a shop in Berlin', () => {
  const stage = onStage({ vars: { ...BACK_OFFICE.vars, SHOP_TIME_ZONE: 'Europe/Berlin' } });
  before(async () => {
    assert.equal((await sums(stage.worker, '?day=2026-03-29')).status, 200, 'the tables are made');
    await fill(stage.worker, [
      ['2026-03-28T22:59:59.999Z', 1],
      ['2026-03-28T23:00:00.000Z', 10, 'HKD', 3, 2],
      ['2026-03-29T21:59:59.999Z', 100],
      ['2026-03-29T22:00:00.000Z', 1_000],
      ['2026-03-29T12:00:00.000Z', 7, 'JPY', 7],
      [null, 50_000],
      ['2026-10-24T22:00:00.000Z', 10_000],
      ['2026-10-25T22:59:59.999Z', 20_000],
      ['2026-10-31T23:00:00.000Z', 40_000],
    ]);
  });

  test('SHOP_TIME_ZONE is where the days of the sums begin', async () => {
    const { json } = await sums(stage.worker, '?day=2026-03-29');
    assert.deepEqual(json, {
      time_zone: 'Europe/Berlin',
      from_at: '2026-03-28T23:00:00.000Z',
      from_at_ms: Date.parse('2026-03-28T23:00:00Z'),
      to_at: '2026-03-29T22:00:00.000Z',
      to_at_ms: Date.parse('2026-03-29T22:00:00Z'),
      sums: [
        { currency: 'HKD', orders: 2, paid_minor: 110, refunded_minor: 3, refunding_minor: 2 },
        { currency: 'JPY', orders: 1, paid_minor: 7, refunded_minor: 7, refunding_minor: 0 },
      ],
    });
    assert.equal(json.to_at_ms - json.from_at_ms, 23 * HOUR_MS);
  });

  test('count each order in one day, on days of 23, 24 and 25 hours, and in one month', async () => {
    assert.deepEqual(await paidIn(stage.worker, '?day=2026-03-28'), [[1, 1]]);
    assert.deepEqual(await paidIn(stage.worker, '?day=2026-03-30'), [[1, 1_000]]);
    assert.deepEqual(await paidIn(stage.worker, '?day=2026-10-25'), [[2, 30_000]]);
    const { json } = await sums(stage.worker, '?day=2026-10-25');
    assert.equal(json.to_at_ms - json.from_at_ms, 25 * HOUR_MS);
    assert.deepEqual(await paidIn(stage.worker, '?month=2026-03'), [[4, 1_111], [1, 7]]);
    assert.deepEqual(await paidIn(stage.worker, '?month=2026-10'), [[2, 30_000]]);
    assert.deepEqual(await paidIn(stage.worker, '?month=2026-11'), [[1, 40_000]]);
    assert.deepEqual(await paidIn(stage.worker, '?day=2026-01-01'), []);
  });

  test('by hour and by day have each part once, also those without a payment, and together are the whole', async () => {
    const { json: day } = await sums(stage.worker, '?day=2026-03-29&by=hour');
    assert.equal(day.parts.length, 23);
    assert.deepEqual(day.parts[0], {
      from_at: '2026-03-28T23:00:00.000Z',
      from_at_ms: Date.parse('2026-03-28T23:00:00Z'),
      sums: [{ currency: 'HKD', orders: 1, paid_minor: 10, refunded_minor: 3, refunding_minor: 2 }],
    });
    assert.deepEqual(day.parts.map(({ sums: of }) => of.map(({ currency, paid_minor: paid }) => `${currency} ${paid}`).join()).filter(Boolean), ['HKD 10', 'JPY 7', 'HKD 100']);
    const { json: month } = await sums(stage.worker, '?month=2026-03&by=day');
    assert.equal(month.parts.length, 31);
    const starts = month.parts.map(({ from_at_ms: at }) => at);
    assert.deepEqual(starts.slice(28, 30).map((at, n) => starts[29 + n] - at), [23 * HOUR_MS, 24 * HOUR_MS]);
    for (const { currency, ...whole } of month.sums) {
      for (const [name, value] of Object.entries(whole)) {
        const each = month.parts.flatMap(({ sums: of }) => of).filter((sum) => sum.currency === currency).map((sum) => sum[name]);
        assert.equal(each.reduce((sum, part) => sum + part, 0), value, `${currency} ${name}`);
      }
    }
    assert.deepEqual(month.parts[28].sums.map(({ paid_minor: paid }) => paid), [110, 7]);
    const { json: plain } = await sums(stage.worker, '?month=2026-03');
    assert.equal(plain.parts, undefined);
    assert.equal((await sums(stage.worker, '?month=2026-10&by=day')).json.parts.length, 31);
  });

  test('want a day or a month, and say so', async () => {
    for (const query of ['?day=2026-03-29&by=day', '?month=2026-03&by=hour', '?by=day', '?day=2026-03-29&by=week', '', '?day=2026-03-29&month=2026-03', '?day=today', '?day=2026-02-29', '?month=2026-13', '?week=1']) {
      const { status, json } = await sums(stage.worker, query);
      assert.deepEqual([status, json.code], [400, 'invalid_query'], query);
    }
  });
});

describe('the sums of a shop that names no time zone', () => {
  const stage = onStage(BACK_OFFICE);

  test('have the days of Hong Kong, and what is paid and given back is in them', async () => {
    const office = new BackOffice(stage.worker);
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    await stage.shop.becomes('paid', order);
    const { paid_at_ms: paid, amount_minor: amount } = await office.listed(order.id, ({ state }) => state === 'paid');
    const day = new Date(paid + 8 * HOUR_MS).toISOString().slice(0, 10);
    assert.deepEqual((await sums(stage.worker, `?day=${day}`)).json.sums, [
      { currency: 'HKD', orders: 1, paid_minor: amount, refunded_minor: 0, refunding_minor: 0 },
    ]);
    await office.refund(order.id, { out_refund_no: 'R1', amount_minor: 30 });
    await until('it counts as under way, and not as done', async () => {
      const [sum] = (await sums(stage.worker, `?day=${day}`)).json.sums;
      return sum.refunded_minor === 0 && sum.refunding_minor === 30;
    });
  });
});

describe('the sums of an index in two databases', () => {
  const stage = onStage({ vars: BACK_OFFICE.vars, platform: { ...BACK_OFFICE.platform, d1Databases: { INDEX: 'sums-1', INDEX_2: 'sums-2' } } });

  test('count each order once, also one whose older row another database still has', async () => {
    assert.equal((await sums(stage.worker, '?day=2026-03-01')).status, 200, 'the tables are made');
    const all = await Promise.all(['INDEX', 'INDEX_2'].map((name) => stage.worker.miniflare.getD1Database(name)));
    const paid = Date.parse('2026-03-01T04:00:00Z');
    const put = (at, number, version, amount, refunded, currency = 'HKD') =>
      all[at]
        .prepare(
          `INSERT INTO orders (out_trade_no, version, state, is_final, description, amount_minor, currency, refunded_minor,
             placed_at_ms, paid_at_ms, exceptions) VALUES (?, ?, 'paid', 1, 'Tea', ?, ?, ?, ?, ?, '[]')`,
        )
        .bind(number, version, amount, currency, refunded, paid - 60_000, paid)
        .run();
    await put(0, 'H1', 3, 100, 0);
    await put(1, 'H1', 5, 100, 40);
    await put(1, 'H2', 1, 1_000, 0);
    await put(0, 'H3', 1, 7, 0, 'JPY');
    assert.deepEqual((await sums(stage.worker, '?day=2026-03-01')).json.sums, [
      { currency: 'HKD', orders: 2, paid_minor: 1_100, refunded_minor: 40, refunding_minor: 0 },
      { currency: 'JPY', orders: 1, paid_minor: 7, refunded_minor: 0, refunding_minor: 0 },
    ]);
    const { json: parts } = await sums(stage.worker, '?month=2026-03&by=day');
    assert.deepEqual(parts.parts.map(({ sums: of }) => of.length).filter(Boolean), [2]);
    assert.deepEqual(parts.parts[0].sums, parts.sums, 'the first of March, all of it');
    const exported = await fetch(`${stage.worker.url}/admin/api/export?format=jsonl`, { headers: { authorization: `Bearer ${BACK_OFFICE.vars.ADMIN_TOKEN}` } });
    const lines = (await exported.text()).trim().split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ out_trade_no: number, version }) => [number, version]), [['H3', 1], ['H2', 1], ['H1', 5]]);
  });
});

test('a time zone that there is not is a mistake of the configuration, which the log names', async () => {
  const gateway = await startGateway();
  try {
    for (const zone of ['Europe/Berlim', 'Mars', "x';--"]) {
      const worker = await startWorker({ gateway, vars: { SHOP_TIME_ZONE: zone } });
      try {
        assert.equal((await fetch(`${worker.url}/healthz`)).status, 503);
        await until('the log names it', () => worker.log.some((line) => /SHOP_TIME_ZONE: it must be a time zone/.test(line)));
      } finally {
        await worker.stop();
      }
    }
  } finally {
    await gateway.stop();
  }
});
