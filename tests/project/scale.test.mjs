// The figures of docs/scale.md follow from what is counted, from what the code says, and from the limits that the page names.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { parse } from 'smol-toml';

import { ROOT, WRANGLER_TOML } from '../support/project.mjs';

const read = (name) => readFileSync(join(ROOT, name), 'utf8');
const PAGE = read('docs/scale.md');
/** The page as one line. */
const TEXT = PAGE.replace(/\s+/g, ' ');

/** The cells of the row that begins so, without the first. */
function row(text, name) {
  const line = text.split('\n').find((each) => each.startsWith(`| ${name} |`));
  assert.ok(line, name);
  return line.split('|').slice(2, -1).map((cell) => cell.trim());
}

const number = (text) => Number(/[\d,]+/.exec(text)[0].replaceAll(',', ''));
const written = (n) => n.toLocaleString('en-US');
const constant = (file, name) => Number(new RegExp(`const ${name}: \\w+ = (\\d+);`).exec(read(file))[1]);
const says = (words) => assert.ok(TEXT.includes(words), words);

const CALLS = 5;
const TRANSACTIONS = 4;
const DATABASES = constant('crates/edge/src/platform/environment.rs', 'MOST_INDEXES');
const AT_A_TIME = constant('crates/edge/src/routes/sweep.rs', 'MAX_ORDERS');
const PER_MERCHANT = number(row(PAGE, 'calls of one merchant number to WeChat Pay')[0]);
const MS = number(row(PAGE, 'one transaction of ours in D1')[0]);
const GB = number(row(PAGE, 'size of one D1 database')[0]);
const WORKERS = number(row(PAGE, 'Workers of one account')[0]);
const BYTES = number(row(PAGE, 'bytes in the index, at most, with what was bought')[0]);
const DAY_S = 86_400;
const held = (databases) => (databases * GB * 1e9) / BYTES;
const RATES = [10, 1_000, 100_000];

test('what an order needs is what docs/cost.md counts', () => {
  const cost = read('docs/cost.md');
  for (const name of ['calls to WeChat Pay', 'transactions of the index']) {
    const [left, forgotten, live] = row(cost, name);
    assert.deepEqual(row(PAGE, name), [live, left, forgotten], name);
  }
  const [left, forgotten, live, polling] = row(cost, 'requests of objects, alarms among them').map(Number);
  assert.deepEqual(row(PAGE, 'requests of its object, at most').map(Number), [Math.max(live, polling), left, forgotten]);
  assert.ok(row(PAGE, 'calls to WeChat Pay').slice(0, 2).every((calls) => Number(calls) <= CALLS));
  assert.ok(row(PAGE, 'transactions of the index').every((count) => Number(count) <= TRANSACTIONS));
});

test('what there is agrees with the code and with wrangler.toml', () => {
  const { ratelimits, triggers } = parse(readFileSync(WRANGLER_TOML, 'utf8'));
  const { simple } = ratelimits.find(({ name }) => name === 'LIMIT_ORDERS');
  assert.deepEqual([number(row(PAGE, '`LIMIT_ORDERS`')[0]), simple.period], [simple.limit, 60]);
  says(`stops at ${simple.limit / simple.period} a second in one location`);
  assert.equal(number(row(PAGE, "databases of one Worker's index")[0]), DATABASES);
  assert.deepEqual(triggers.crons, ['*/10 * * * *']);
  says(`4 ms, so ${1_000 / MS} a second`);
});

test('where the first limit is follows from both', () => {
  for (const rate of RATES) {
    const databases = Math.ceil((rate * TRANSACTIONS * MS) / 1_000);
    const days = Math.floor(held(databases) / (rate * DAY_S));
    const cells = [rate * CALLS, Math.ceil((rate * CALLS) / PER_MERCHANT), rate * TRANSACTIONS, databases, days];
    assert.deepEqual(row(PAGE, written(rate)).map(number), cells, `${rate} a second`);
  }
  says(`hold ${Math.floor(held(DATABASES) / (10 * DAY_S))} days of them`);
  says(`at ${PER_MERCHANT / CALLS} orders a second`);
  const each = Math.ceil(1_000 / 9);
  says(`${each} orders a second and ${each * TRANSACTIONS} transactions of the index, which is two databases`);
  assert.equal(Math.ceil((each * TRANSACTIONS * MS) / 1_000), 2);
  assert.equal(Math.ceil(834 / WORKERS), 2, 'two accounts');
});

test('how long a round of the sweep takes follows from its size', () => {
  const aDay = (AT_A_TIME * 24 * 60) / 10;
  says(`${AT_A_TIME} in each database every ten minutes, so ${written(aDay)} a day`);
  says(`${written(10 * DAY_S)} wait, and one round of the sweep takes ${(10 * DAY_S) / aDay} days`);
  says(`it takes ${(10 * DAY_S) / (aDay * 10)} days, and with ${DATABASES} databases besides it takes one`);
});
