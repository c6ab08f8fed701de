// The export of all orders: a file that is made while it is sent.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { freePort } from '../support/free-port.mjs';
import { watchedWasm } from '../support/fuzz/watched-wasm.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { onStage } from '../support/stage.mjs';
import { Inspector } from '../support/worker/inspector.mjs';

const NAME = 'worker';
const MIB = 1024 * 1024;
const FIRST_MS = Date.parse('2026-03-01T00:00:00Z');
/** As many as a shop with a hundred sales a day has in three years. */
const MANY = 100_000;
/** What the Worker may hold more of than before it began: pages, however many orders there are. V8 collects garbage when it likes. */
const MOST_GROWTH = { wasm: 4 * MIB, heap: 64 * MIB };

const headers = { authorization: `Bearer ${BACK_OFFICE.vars.ADMIN_TOKEN}` };

/** The rows of a CSV file by RFC 4180. */
function rowsOf(text) {
  const rows = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/gy)) {
    rows.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === '\r\n') rows.push([]);
    if (end === '') break;
  }
  assert.deepEqual(rows.pop(), [''], 'the last row ends, too');
  return rows;
}

describe('an export', () => {
  const stage = onStage(BACK_OFFICE);
  const get = (query) => fetch(`${stage.worker.url}/admin/api/export${query}`, { headers });
  let orders;

  before(async () => {
    const office = new BackOffice(stage.worker);
    const order = await stage.shop.placePayable();
    await office.listed(order.id, () => true);
    const index = await stage.worker.miniflare.getD1Database('INDEX');
    orders = [
      ['Ha', '=HYPERLINK("http://evil.example","Tea")', 8_800, 'HKD', '["paid_twice","unresolved"]'],
      ['Hb', 'Tea, black; "best"\nof all 茶', 1_980, 'JPY', '[]'],
      ['Hc', '@SUM(A1:A9)', 5, 'HKD', '[]'],
    ];
    const row = index.prepare(
      `INSERT INTO orders (out_trade_no, version, state, is_final, description, amount_minor, currency, refunded_minor,
         placed_at_ms, paid_at_ms, transaction_id, exceptions) VALUES (?, 1, 'paid', 1, ?, ?, ?, 1, ?, ?, '4200000000202603010000000001', ?)`,
    );
    await index.batch(orders.map(([number, description, amount, currency, exceptions], at) => row.bind(number, description, amount, currency, FIRST_MS + at, FIRST_MS + 60_000, exceptions)));
  });

  test('as CSV is read by any spreadsheet, and runs no formula in it', async () => {
    const answer = await get(`?format=csv&placed_before=${FIRST_MS + 1_000}`);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type'), /^text\/csv; charset=utf-8/);
    assert.equal(answer.headers.get('content-disposition'), 'attachment; filename="orders.csv"');
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const [columns, ...rows] = rowsOf(await answer.text());
    const read = rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at]])));
    assert.deepEqual(read.map(({ out_trade_no: number }) => number), ['Hc', 'Hb', 'Ha']);
    assert.deepEqual(read.map(({ description }) => description), ['\'@SUM(A1:A9)', 'Tea, black; "best"\nof all 茶', '\'=HYPERLINK("http://evil.example","Tea")']);
    assert.deepEqual(read.map(({ amount }) => amount), ['0.05', '1980', '88.00']);
    assert.deepEqual(read[2], {
      out_trade_no: 'Ha', state: 'paid', reason: '', description: '\'=HYPERLINK("http://evil.example","Tea")', currency: 'HKD',
      amount: '88.00', refunded: '0.01', refunding: '0.00', placed_at: '2026-03-01T00:00:00.000Z', paid_at: '2026-03-01T00:01:00.000Z',
      transaction_id: '4200000000202603010000000001', exceptions: 'paid_twice unresolved', amount_minor: '8800', refunded_minor: '1',
      refunding_minor: '0', lost_at: '', downloads: '0',
    });
  });

  test('as JSON lines has the rows of the list', async () => {
    const answer = await get(`?format=jsonl&placed_before=${FIRST_MS + 1_000}`);
    assert.match(answer.headers.get('content-type'), /^application\/jsonl/);
    const lines = (await answer.text()).split('\n');
    assert.equal(lines.pop(), '');
    const list = await new BackOffice(stage.worker).list(`?placed_before=${FIRST_MS + 1_000}`);
    assert.deepEqual(lines.map((line) => JSON.parse(line)), list.json);
  });

  test('has the filters of the list, and refuses what it does not know', async () => {
    const rows = rowsOf(await (await get('?format=csv&currency=JPY')).text());
    assert.deepEqual(rows.slice(1).map(([number]) => number), ['Hb']);
    const none = rowsOf(await (await get('?format=csv&currency=USD')).text());
    assert.equal(none.length, 1, 'the columns alone');
    assert.equal(await (await get('?format=jsonl&currency=USD')).text(), '');
    for (const query of ['', '?format=xml', '?format=csv&limit=5', '?format=csv&state=open']) {
      assert.equal((await (await get(query)).json()).code, 'invalid_query', query);
    }
  });
});

describe('an export of very many orders', () => {
  let inspectorPort;
  const stage = onStage(async () => {
    inspectorPort = await freePort();
    const watch = await watchedWasm();
    return { vars: BACK_OFFICE.vars, echoes: true, platform: { ...watch, name: NAME, inspectorPort, unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] } };
  });

  test('has each order once, in the memory of a few pages', async (t) => {
    const office = new BackOffice(stage.worker);
    assert.equal((await office.list()).status, 200, 'the tables are made');
    const index = await stage.worker.miniflare.getD1Database('INDEX');
    await index
      .prepare(
        `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${MANY - 1})
         INSERT INTO orders (out_trade_no, version, state, is_final, description, amount_minor, currency, refunded_minor, placed_at_ms, exceptions)
         SELECT printf('H%07d', i), 1, 'paid', 1, 'Example Tea House - Oolong gift set, Jasmine pearls x 5', i, 'HKD', 0, ${FIRST_MS} + i / 3, '[]' FROM n`,
      )
      .run();
    const { port } = await stage.worker.miniflare.unsafeGetDirectURL(NAME);
    const inspector = await Inspector.open(inspectorPort, NAME);
    const memory = async () => {
      // workerd closes a connection that was idle for a while, and a request may just be on its way.
      const ask = () => fetch(`http://127.0.0.1:${port}/of-the-test/memory`);
      const { bytes: wasm } = await (await ask().catch(ask)).json();
      const { usedSize: heap } = await inspector.send('Runtime.getHeapUsage');
      return { wasm, heap };
    };
    try {
      for (const format of ['jsonl', 'csv']) {
        await (await fetch(`${stage.worker.url}/admin/api/export?format=${format}&state=failed`, { headers })).text();
        const begin = await memory();
        const most = { wasm: 0, heap: 0 };
        const seen = new Uint8Array(MANY);
        let rest = '';
        let lines = 0;
        const began = performance.now();
        const answer = await fetch(`${stage.worker.url}/admin/api/export?format=${format}`, { headers });
        for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
          const parts = (rest + chunk).split('\n');
          rest = parts.pop();
          for (const line of parts) {
            const [, number] = /^(?:\{"out_trade_no":")?H(\d{7})/.exec(line) ?? [];
            if (number !== undefined) seen[Number(number)] += 1;
            lines += 1;
            if (lines % 20_000 !== 0) continue;
            for (const [what, bytes] of Object.entries(await memory())) most[what] = Math.max(most[what], bytes - begin[what]);
          }
        }
        assert.equal(rest, '');
        assert.equal(lines, MANY + (format === 'csv' ? 1 : 0));
        assert.ok(seen.every((times) => times === 1), 'each once');
        t.diagnostic(`${format}: ${MANY} orders in ${((performance.now() - began) / 1000).toFixed(1)} s; wasm +${(most.wasm / MIB).toFixed(1)} MiB, heap +${(most.heap / MIB).toFixed(1)} MiB`);
        for (const [what, bytes] of Object.entries(most)) assert.ok(bytes <= MOST_GROWTH[what], `${what} grew by ${(bytes / MIB).toFixed(1)} MiB`);
      }
    } finally {
      inspector.close();
    }
  });
});
