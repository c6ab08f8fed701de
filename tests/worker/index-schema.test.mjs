// The database of the index. The Worker makes it, takes over a database of an older Worker, and does not change a database of
// a newer one.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';
import { Gate, oddPlatform } from '../support/worker/odd-platform.mjs';

/** The statements of the first Workers, letter by letter. */
const FIRST_SCHEMA = [
  `CREATE TABLE IF NOT EXISTS orders (
     out_trade_no TEXT PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT,
     is_final INTEGER NOT NULL, description TEXT NOT NULL, amount_minor INTEGER NOT NULL,
     currency TEXT NOT NULL, refunded_minor INTEGER NOT NULL, placed_at_ms INTEGER NOT NULL,
     paid_at_ms INTEGER, transaction_id TEXT, exceptions TEXT NOT NULL) WITHOUT ROWID`,
  'CREATE INDEX IF NOT EXISTS orders_by_time ON orders (placed_at_ms DESC)',
  'CREATE INDEX IF NOT EXISTS orders_not_final ON orders (placed_at_ms) WHERE is_final = 0',
];
const FIRST_ROWS = [
  `INSERT INTO orders VALUES ('Hold1', 9, 'paid', NULL, 1, 'Oolong', 8800, 'HKD', 800, 1000, 2000, '42', '["paid_late"]')`,
  `INSERT INTO orders VALUES ('Hold2', 3, 'closing', 'expired', 0, 'Oolong', 8800, 'HKD', 0, 1001, NULL, NULL, '[]')`,
];
const FIRST_UPSERT = `INSERT INTO orders VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
  ON CONFLICT (out_trade_no) DO UPDATE SET version = excluded.version, state = excluded.state,
  reason = excluded.reason, is_final = excluded.is_final WHERE excluded.version > orders.version`;
const FIRST_LIST = 'SELECT * FROM orders WHERE placed_at_ms < 9999 ORDER BY placed_at_ms DESC LIMIT 50';

const NEWER_TABLES = ['orders', 'open_matters', 'lost', 'sweep', 'schema_version'];

const withStage = async (play, options = BACK_OFFICE) => {
  const stage = await setStage(options);
  try {
    const index = await stage.worker.miniflare.getD1Database('INDEX');
    await play({ stage, office: new BackOffice(stage.worker), index });
  } finally {
    await stage.stop();
  }
};

const versions = async (index) =>
  (await index.prepare('SELECT version FROM schema_version ORDER BY version').all()).results.map(({ version }) => version);

/** Places and pays an order, and waits until the index shows it. */
async function paidAndListed({ stage, office }) {
  const order = await stage.shop.placePayable();
  await stage.gateway.pay(order.view.code_url);
  return office.listed(order.id, ({ state }) => state === 'paid');
}

test('a database of the first Workers is taken over: its orders are listed, and new ones are written', () =>
  withStage(async ({ stage, office, index }) => {
    await index.batch([...FIRST_SCHEMA, ...FIRST_ROWS].map((statement) => index.prepare(statement)));
    const row = await paidAndListed({ stage, office });
    assert.equal(row.refunding_minor, 0);
    const { json } = await office.list();
    assert.deepEqual(json.map(({ out_trade_no }) => out_trade_no), [row.out_trade_no, 'Hold2', 'Hold1']);
    const { settled, version, refunded_minor, paid_at_ms, transaction_id, exceptions } = json[2];
    assert.deepEqual([settled, version, refunded_minor, paid_at_ms, transaction_id, exceptions], [true, 9, 800, 2000, '42', ['paid_late']]);
    assert.equal(json[1].settled, false);
    assert.equal((await office.attention()).status, 200);
    // An older Worker that still runs somewhere reads it as before.
    const before = (await index.prepare(FIRST_LIST).all()).results;
    assert.deepEqual(before.map(({ out_trade_no, is_final }) => [out_trade_no, is_final]), [['Hold2', 0], ['Hold1', 1]]);
    for (const statement of FIRST_SCHEMA) await index.prepare(statement).run();
    await index.prepare(FIRST_UPSERT).bind('Hold2', 4, 'closed', 'expired', 1, 'Oolong', 8800, 'HKD', 0, 1001, null, null, '[]').run();
    await index.prepare(FIRST_UPSERT).bind('Hnew', 1, 'placing', null, 0, 'Oolong', 8800, 'HKD', 0, 1002, null, null, '[]').run();
    const written = (await office.list()).json.slice(-3).map(({ out_trade_no, state, settled }) => [out_trade_no, state, settled]);
    assert.deepEqual(written, [['Hnew', 'placing', false], ['Hold2', 'closed', true], ['Hold1', 'paid', true]]);
  }));

test('of many that find an empty database at once, each is answered, and each migration happens once', () =>
  withStage(async ({ stage, office, index }) => {
    const answers = await Promise.all(Array.from({ length: 8 }, (_, at) => (at % 2 ? office.list() : office.attention())));
    assert.deepEqual(answers.map(({ status }) => status), Array(8).fill(200));
    const applied = await versions(index);
    assert.ok(applied.length > 0, 'what was applied is written down');
    assert.deepEqual(applied, applied.map((_, at) => at + 1));
    await paidAndListed({ stage, office });
  }));

test('who was about to migrate goes on from what another was quicker to make', async () => {
  const held = new Gate();
  const gate = (sql) => (sql.startsWith('INSERT INTO schema_version') ? held.pass() : undefined);
  const { vars, platform } = BACK_OFFICE;
  await withStage(async ({ stage, office, index }) => {
    const order = await stage.shop.placePayable();
    await until('a migration waits', () => held.waiting > 0);
    assert.deepEqual(await versions(index), []);
    assert.equal((await office.list()).status, 200);
    const applied = await versions(index);
    assert.ok(applied.length > 0, 'another has made it');
    held.open();
    await office.listed(order.id, ({ state }) => state === 'awaiting_payment');
    assert.deepEqual(await versions(index), applied);
    assert.deepEqual(stage.worker.log, [], 'and nothing had to be tried again');
  }, { vars, platform: await oddPlatform({ gate, serviceBindings: platform.serviceBindings }) });
});

test('a database of a newer Worker is used, and not changed', () =>
  withStage(async ({ stage, office, index }) => {
    await office.list();
    const applied = await versions(index);
    await index.batch([
      index.prepare('INSERT INTO schema_version (version, applied_at_ms) VALUES (99, 1)'),
      index.prepare("ALTER TABLE orders ADD COLUMN of_next_year TEXT NOT NULL DEFAULT 'yes'"),
      index.prepare('DROP INDEX orders_by_time'),
    ]);
    const row = await paidAndListed({ stage, office });
    await (await stage.worker.miniflare.getWorker()).scheduled({ cron: '*/10 * * * *' });
    assert.deepEqual(await versions(index), [...applied, 99]);
    const indexes = await index.prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND name = 'orders_by_time'").all();
    assert.deepEqual(indexes.results, []);
    const kept = await index.prepare('SELECT of_next_year FROM orders WHERE out_trade_no = ?1').bind(row.out_trade_no).all();
    assert.deepEqual(kept.results, [{ of_next_year: 'yes' }]);
  }));

test('a database that was set back to the first schema while the Worker runs is brought up again', () =>
  withStage(async ({ stage, office, index }) => {
    await paidAndListed({ stage, office });
    await index.batch([...NEWER_TABLES.map((table) => `DROP TABLE ${table}`), ...FIRST_SCHEMA].map((each) => index.prepare(each)));
    const row = await paidAndListed({ stage, office });
    assert.deepEqual((await office.list()).json.map(({ out_trade_no }) => out_trade_no), [row.out_trade_no]);
  }));
