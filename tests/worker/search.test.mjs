// The list of orders with its filters and cursor.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { onStage } from '../support/stage.mjs';

/** The first orders are placed at this time, one a minute. */
const FIRST_MS = Date.parse('2026-03-01T00:00:00Z');
const MINUTE_MS = 60_000;

/** Rows of the index, as orders write them; what they leave out is that of an order that waits for its payment. */
const ROWS = [
  { number: 'Ha', state: 'paid', amount: 8800, paid: 5, transaction: '4200000000202603010000000001', description: 'Oolong tea' },
  { number: 'Hb', state: 'paid', amount: 100, paid: 3_000, currency: 'JPY' },
  { number: 'Hc', state: 'closed', exceptions: '["paid_twice"]' },
  { number: 'Hd', state: 'awaiting_payment', exceptions: '["unresolved","paid_late"]', open: true },
  { number: 'He', state: 'failed', description: '100% OOLONG_x' },
  { number: 'Hf', state: 'awaiting_payment' },
];

describe('the list of orders', () => {
  const stage = onStage(BACK_OFFICE);
  let office;

  before(async () => {
    office = new BackOffice(stage.worker);
    const { id } = await stage.shop.placePayable();
    await office.listed(id, () => true);
    const index = await stage.worker.miniflare.getD1Database('INDEX');
    const row = index.prepare(
      `INSERT INTO orders (out_trade_no, version, state, is_final, description, amount_minor, currency, refunded_minor,
         placed_at_ms, paid_at_ms, transaction_id, exceptions) VALUES (?, 1, ?, 1, ?, ?, ?, 0, ?, ?, ?, ?)`,
    );
    const statements = ROWS.map(({ number, state, description = 'Tea', amount = 500, currency = 'HKD', paid, transaction, exceptions = '[]' }, at) => {
      const placed = FIRST_MS + at * MINUTE_MS;
      return row.bind(number, state, description, amount, currency, placed, paid ? placed + paid : null, transaction ?? null, exceptions);
    });
    const open = index.prepare('INSERT INTO open_matters (out_trade_no, attention, attention_since_ms) VALUES (?, ?, 1)');
    const details = index.prepare('INSERT INTO details (out_trade_no, reference, json) VALUES (?, ?, ?)');
    await details.bind('Ha', 'INV-7', JSON.stringify({ lines: [], reference: 'INV-7', metadata: { secret: 'of-metadata' }, shopper: { email: 'Mei"s@tea.example', note: 'a gift' } })).run();
    await index.batch([...statements, ...ROWS.filter((each) => each.open).map(({ number }) => open.bind(number, '[]'))]);
  });

  /** The numbers that a query finds among the rows of this test. */
  const found = async (query) => {
    const { status, json } = await office.list(`${query}&placed_before=${FIRST_MS + 60 * MINUTE_MS}`);
    assert.equal(status, 200, `${query}: ${JSON.stringify(json)}`);
    return json.map(({ out_trade_no: number }) => number.replace('H', '')).join('');
  };

  test('is chosen by state, time, amount, currency, text and exceptions, and all of them together', async () => {
    for (const [query, expected] of [
      ['?', 'fedcba'],
      ['?state=paid', 'ba'],
      ['?state=closed,failed', 'ec'],
      [`?placed_from=${FIRST_MS + 4 * MINUTE_MS}`, 'fe'],
      ['?placed_from=2026-03-01T08:04:00%2B08:00', 'fe'],
      [`?paid_from=${FIRST_MS + 5}`, 'ba'],
      [`?paid_from=${FIRST_MS + 6}`, 'b'],
      [`?paid_before=${FIRST_MS + MINUTE_MS + 3_000}`, 'a'],
      [`?paid_before=${FIRST_MS + MINUTE_MS + 3_001}`, 'ba'],
      ['?amount_from=500', 'fedca'],
      ['?amount_to=500', 'fedcb'],
      ['?amount_from=500&amount_to=500', 'fedc'],
      ['?currency=JPY', 'b'],
      ['?text=oolong', 'ea'],
      ['?text=100%25', 'e'],
      ['?text=_', 'e'],
      ['?text=Hc', 'c'],
      ['?text=4200000000202603010000000001', 'a'],
      ['?text=INV-7', 'a'],
      ['?text=mei%22s@TEA.example', 'a'],
      ['?text=GIFT', 'a'],
      // Only the words are searched: no name of a field, and not what the merchant added.
      ['?text=email', ''],
      ['?text=of-metadata', ''],
      ["?text='%20OR%201=1", ''],
      ['?exceptions=open', 'd'],
      ['?exceptions=any', 'dc'],
      ['?state=paid&currency=HKD&text=tea&amount_from=8800', 'a'],
      ['?state=paid&exceptions=any', ''],
    ]) {
      assert.equal(await found(query), expected, query);
    }
  });

  test('goes on with its filter page by page, and loses and repeats none', async () => {
    let seen = '';
    let path = `?state=closed,failed,awaiting_payment&limit=1&placed_before=${FIRST_MS + 60 * MINUTE_MS}`;
    for (let pages = 0; path; pages += 1) {
      assert.ok(pages < 10);
      const { json, headers } = await office.list(path);
      seen += json.map(({ out_trade_no: number }) => number.replace('H', '')).join('');
      path = /^<\/admin\/api\/orders(.*)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
      if (path) assert.ok(path.includes('state=closed%2Cfailed%2Cawaiting_payment'), path);
    }
    assert.equal(seen, 'fedc');
  });

  test('says each time for people, too, and exceptions as an array', async () => {
    const [row] = (await office.list('?text=Ha')).json;
    assert.deepEqual(
      [row.placed_at, row.placed_at_ms, row.paid_at, row.exceptions, row.lost_at, row.lost_at_ms],
      ['2026-03-01T00:00:00.000Z', FIRST_MS, '2026-03-01T00:00:00.005Z', [], null, null],
    );
    const [other] = (await office.list('?text=Hd')).json;
    assert.deepEqual(other.exceptions, ['unresolved', 'paid_late']);
  });

  test('refuses by name what it does not know or cannot read', async () => {
    for (const [query, name] of [
      ['?states=paid', 'states'],
      ['?state=open', 'state'],
      ['?state=paid&state=closed', 'state'],
      ['?amount_from=1.5', 'amount_from'],
      ['?placed_from=2026-03-01', 'placed_from'],
      ['?limit=201', 'limit'],
      ['?cursor=abc', 'cursor'],
    ]) {
      const { status, json } = await office.list(query);
      assert.deepEqual([status, json.code], [400, 'invalid_query'], query);
      assert.ok(json.detail.includes(`\`${name}`), json.detail);
    }
  });

  test('has readable times in an order’s history, too', async () => {
    const [{ out_trade_no: id }] = (await office.list(`?placed_from=${FIRST_MS + 60 * MINUTE_MS}`)).json;
    const { placed_at: placed, placed_at_ms: ms, events, order } = (await office.history(id)).json;
    assert.equal(Date.parse(placed), ms);
    for (const event of events) assert.equal(Date.parse(event.at), event.at_ms);
    assert.equal(Date.parse(order.expires_at), order.expires_at_ms);
  });
});
