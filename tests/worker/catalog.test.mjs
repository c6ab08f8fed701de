// The catalogue as the site publishes it: how soon a new price applies, and what is sold while the catalogue cannot be read.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import { CATALOG, GOODS, lines } from '../support/shop/catalog.mjs';
import { anIdempotencyKey } from '../support/shop/shop.mjs';
import { until } from '../support/until.mjs';
import { setStageWithClock } from '../support/worker/moved-clock.mjs';

/** The Worker's own constant. */
const FRESH_MS = 10_000;

let stage;
let published;
let reads = 0;
const priced = (amount_minor) => () => Response.json({ ...CATALOG, items: [{ ...GOODS, amount_minor }] });
before(async () => {
  const site = async () => ((reads += 1), published());
  stage = await setStageWithClock({ platform: { assets: undefined, serviceBindings: { ASSETS: site } } });
});
after(() => stage?.stop());
beforeEach(async () => {
  published = priced(8_800);
  await stage.goAhead(FRESH_MS);
  reads = 0;
});

const price = async () => (await stage.shop.place()).json.order.amount.minor;

test('a new price is charged ten seconds after it was published, at the latest', async () => {
  assert.equal(await price(), 8_800);
  published = priced(9_900);
  await stage.goAhead(FRESH_MS);
  assert.equal(await price(), 9_900);
});

test('is not read again for each order', async () => {
  for (let time = 0; time < 3; time += 1) await price();
  assert.equal(reads, 1);
});

const broken = {
  'is not there': () => new Response('not found', { status: 404 }),
  'cannot be served': () => new Response(JSON.stringify(CATALOG), { status: 503 }),
  'is a page of HTML': () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
  'has goods without a price': () => Response.json({ ...CATALOG, items: [{ ...GOODS, amount_minor: undefined }] }),
  'has a price that is no whole number': priced(88.5),
  'has goods that cost nothing': priced(0),
};
for (const [what, answer] of Object.entries(broken)) {
  test(`while it ${what}, nothing is sold and the log says so; mended, it sells at once`, async () => {
    published = answer;
    const before = stage.worker.log.length;
    const { status, json } = await stage.shop.place();
    assert.deepEqual([status, json.code], [500, 'misconfigured']);
    const said = () => stage.worker.log.slice(before).some((line) => line.includes('catalog.json cannot be used'));
    await until('the log says so', said);
    published = priced(7_700);
    // A catalogue that could be read is kept until its time is over, even if its prices are wrong.
    if (what === 'has goods that cost nothing') await stage.goAhead(FRESH_MS);
    assert.equal(await price(), 7_700);
  });
}

test('what was ordered before a change of price is found by its key, at its price', async () => {
  const key = anIdempotencyKey();
  const first = await stage.shop.place(lines(), { key });
  published = priced(9_900);
  await stage.goAhead(FRESH_MS);
  assert.equal(await price(), 9_900);
  const again = await stage.shop.place(lines(), { key });
  assert.deepEqual([again.status, again.json.order.id], [200, first.json.order.id]);
  assert.equal(again.json.order.amount.minor, 8_800);
});
