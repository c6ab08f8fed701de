// What Cloudflare asks for a shop, and what its free plan gives, from the counts of docs/cost.md. The prices and limits are
// those that Cloudflare listed in November 2026.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../project.mjs';

/** The columns of the table in docs/cost.md, in their order. */
export const COLUMNS = ['left', 'forgotten', 'live', 'polling'];

/** Rows of the table: `{ [first cell]: [other cells] }`. */
export const TABLE = Object.fromEntries(
  readFileSync(join(ROOT, 'docs/cost.md'), 'utf8')
    .split('\n')
    .filter((line) => /^\| (?!---)/.test(line))
    .map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()))
    .map(([name, ...cells]) => [name, cells]),
);

/** What the table says in this row and column. */
export const said = (row, column) => Number(TABLE[row][COLUMNS.indexOf(column)]);

/** Workers Paid, a month: what is included, and the price of a million more. */
const PAID = {
  requests: [10e6, 0.3],
  cpuMs: [30e6, 0.02],
  objectRequests: [1e6, 0.15],
  gigabyteSeconds: [0.4e6, 12.5],
  written: [50e6, 1],
  indexWritten: [50e6, 1],
  read: [25_000e6, 0.001],
};

/** Workers Free, a day. */
export const FREE = {
  requests: 100_000,
  objectRequests: 100_000,
  gigabyteSeconds: 13_000,
  written: 100_000,
  indexWritten: 100_000,
  read: 5e6,
};

/** What one order of this column uses. `views` is how many pages with the element are looked at for each order. */
export function use(column, views = 0) {
  return {
    requests: said('requests of the Worker', column) + views * REQUESTS_OF_A_VIEW,
    cpuMs: said('CPU, in ms', column),
    objectRequests: said('requests of objects, alarms among them', column),
    gigabyteSeconds: said('seconds that its object is awake', column) * 0.128,
    written: said('rows that objects write', column) + said('alarms that are set, each billed as a row', column),
    indexWritten: said('rows that the index writes', column),
    read: said('rows read', column),
  };
}

/** The element's wasm and one language go through the Worker. The other files of a site cost nothing. */
export const REQUESTS_OF_A_VIEW = 2;

/** Dollars a month for this many orders, without what is stored. */
export function dollars(column, orders, views = 0) {
  const used = use(column, views);
  const more = Object.entries(PAID).map(([name, [included, price]]) => (Math.max(0, used[name] * orders - included) / 1e6) * price);
  return 5 + more.reduce((sum, each) => sum + each, 0);
}

/** How many orders a day each daily limit of the free plan lets through. */
export function ordersADay(column, views = 0) {
  const used = use(column, views);
  return Object.fromEntries(Object.entries(FREE).map(([name, limit]) => [name, Math.floor(limit / used[name])]));
}

const BYTES_OF_AN_ORDER = 20_000;
const DAYS_KEPT = 400;
const DAYS_OF_A_MONTH = 30;
const INCLUDED_GB = 5;

/** Gigabytes in the objects of a shop once the oldest orders are archived, at so many orders a month. */
export const gigabytes = (orders) => (orders * DAYS_KEPT * BYTES_OF_AN_ORDER) / DAYS_OF_A_MONTH / 1e9;

/** Dollars a month for them. */
export const dollarsToStore = (orders) => Math.max(0, gigabytes(orders) - INCLUDED_GB) * 0.2;

/** How many orders a day fill what the free plan stores, by the time that the oldest are archived. */
export const ordersADayStored = () => Math.floor((INCLUDED_GB * 1e9) / BYTES_OF_AN_ORDER / DAYS_KEPT);
