// What the shop under test sells: the catalogue that the Worker serves and takes its prices from.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { WWW } from '../project.mjs';

export const CATALOG = JSON.parse(readFileSync(join(WWW, 'catalog.json'), 'utf8'));

/** The first of its goods, for tests in which the goods do not matter. */
export const [GOODS] = CATALOG.items;

/** The second, for tests that need two different lines or bodies. */
export const [, OTHER_GOODS] = CATALOG.items;

/** The body of an order for one kind of goods. */
export function lines(item = GOODS, quantity = 1) {
  return { lines: [{ sku: item.sku, quantity }] };
}
