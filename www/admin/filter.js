// Which orders the list shows: what stands in the page's address, and what the API is asked. Pure.

import { readAmount } from './money.js';
import { dayAfter, startOf } from './when.js';

/** The choices of the state, and the states that each means. */
export const STATES = {
  paid: 'paid',
  open: 'placing,awaiting_payment,closing',
  closed: 'closed',
  failed: 'failed',
  stray: 'stray',
};

const NAMES = ['text', 'state', 'attention', 'from', 'to', 'currency', 'least', 'most', 'reference'];
/** The largest amount that the API takes. */
const MOST = 2 ** 53 - 1;

/** The filter that an address has. What is unknown or empty is left out. */
export function filterOf(search) {
  const all = new URLSearchParams(search);
  return Object.fromEntries(NAMES.map((name) => [name, all.get(name)?.trim()]).filter(([, value]) => value));
}

/** The address of the list with this filter. */
export function addressOf(filter) {
  const search = new URLSearchParams(NAMES.filter((name) => filter[name]).map((name) => [name, filter[name]])).toString();
  return search ? `/orders?${search}` : '/orders';
}

/** The API's parameters: `{ query }`, or `{ wrong }` with the name of the field that cannot be meant. Days are the shop's. */
export function queryOf(filter) {
  const query = new URLSearchParams();
  const set = (name, value) => value !== undefined && query.set(name, value);
  set('text', filter.text);
  set('state', STATES[filter.state]);
  set('reference', filter.reference);
  if (filter.attention) set('exceptions', filter.attention === 'any' ? 'any' : 'open');
  const currency = filter.currency?.toUpperCase();
  if (currency && !/^[A-Z]{3}$/.test(currency)) return { wrong: 'currency' };
  set('currency', currency);
  for (const [name, parameter, day] of [['from', 'placed_from', (text) => text], ['to', 'placed_before', dayAfterOf]]) {
    if (!filter[name]) continue;
    const at = startOf(day(filter[name]) ?? '');
    if (at === undefined) return { wrong: name };
    set(parameter, String(at));
  }
  for (const [name, parameter] of [['least', 'amount_from'], ['most', 'amount_to']]) {
    if (!filter[name]) continue;
    const { minor } = readAmount(filter[name], currency ?? 'HKD', MOST);
    if (minor === undefined) return { wrong: name };
    set(parameter, String(minor));
  }
  return { query: query.toString() };
}

/** An order is paid, closed or failed within this time of being placed: no code lives longer than two hours. */
const CHANGING_MS = 3 * 3_600_000;

/** The same question about orders that may still change at this time: `{ query, from }`. */
export function recentQuery(query, nowMs) {
  const asked = new URLSearchParams(query);
  const from = Math.max(Number(asked.get('placed_from') ?? 0), nowMs - CHANGING_MS);
  asked.set('placed_from', String(from));
  return { query: asked.toString(), from };
}

/** The last day is part of what is shown. */
const dayAfterOf = (day) => (startOf(day) === undefined ? undefined : dayAfter(day));
