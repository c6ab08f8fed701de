// What the shop under test sells: the catalogue the Worker serves and prices from.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { WWW } from '../project.mjs';

export const CATALOG = JSON.parse(readFileSync(join(WWW, 'catalog.json'), 'utf8'));

/** The first of its goods, where the goods do not matter. */
export const [GOODS] = CATALOG.items;

/** The second, to tell two lines or two bodies apart. */
export const [, OTHER_GOODS] = CATALOG.items;

/** The body of an order of so many of one kind. */
export function lines(item = GOODS, quantity = 1) {
  return { lines: [{ sku: item.sku, quantity }] };
}
