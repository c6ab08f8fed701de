// The catalogue as the site publishes it: how soon a new price applies, and what is sold while the catalogue cannot be read.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, beforeEach, describe, test } from 'node:test';

import { CATALOG, GOODS, OTHER_GOODS, lines } from '../support/shop/catalog.mjs';
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

const saidSince = (before, words) => until(`the log says “${words}”`, () => stage.worker.log.slice(before).some((line) => line.includes(words)));

const broken = {
  'is not there': () => new Response('not found', { status: 404 }),
  'cannot be served': () => new Response(JSON.stringify(CATALOG), { status: 503 }),
  'is a page of HTML': () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
  'has no currency': () => Response.json({ ...CATALOG, currency: undefined }),
  'has a misspelled name at the top': () => Response.json({ ...CATALOG, shiping: {} }),
};
for (const [what, answer] of Object.entries(broken)) {
  test(`while it ${what}, nothing is sold and the log says so; mended, it sells at once`, async () => {
    published = answer;
    const before = stage.worker.log.length;
    const { status, json } = await stage.shop.place();
    assert.deepEqual([status, json.code], [500, 'misconfigured']);
    await saidSince(before, 'catalog.json cannot be used');
    published = priced(7_700);
    assert.equal(await price(), 7_700);
  });
}

const wrong = {
  'has no price': { amount_minor: undefined },
  'has a price that is no whole number': { amount_minor: 88.5 },
  'costs nothing': { amount_minor: 0 },
  'has a misspelled field': { soldout: true },
};
for (const [what, change] of Object.entries(wrong)) {
  test(`an item that ${what} is not sold, the others are, and the log names item and field`, async () => {
    published = () => Response.json({ ...CATALOG, items: [{ ...GOODS, ...change }, OTHER_GOODS] });
    const before = stage.worker.log.length;
    const { status, json } = await stage.shop.place();
    assert.deepEqual([status, json.code], [422, 'item_unavailable']);
    assert.ok(json.detail.includes(`\`${GOODS.sku}\``));
    assert.equal((await stage.shop.place(lines(OTHER_GOODS))).status, 201);
    await saidSince(before, `items[0] (${GOODS.sku}): \`${Object.keys(change)[0]}\``);
  });
}

test('what is sold out, not sold yet or not sold any more is refused by its own name', async () => {
  const from = (ms) => new Date(Date.now() + stage.aheadMs + ms).toISOString();
  for (const [change, code] of [
    [{ sold_out: true }, 'sold_out'],
    [{ valid_from: from(60_000) }, 'not_on_sale'],
    [{ valid_until: from(-1_000) }, 'not_on_sale'],
    [{ valid_from: from(-60_000), valid_until: from(60_000) }, undefined],
  ]) {
    published = () => Response.json({ ...CATALOG, items: [{ ...GOODS, ...change }] });
    await stage.goAhead(FRESH_MS);
    assert.equal((await stage.shop.place()).json.code, code, JSON.stringify(change));
  }
});

test('shipping is added by the Worker, and is free from its amount on', async () => {
  const shipping = { name: 'Shipping', amount_minor: 3_000, free_from_minor: 2 * GOODS.amount_minor };
  published = () => Response.json({ ...CATALOG, shipping });
  const total = async (body) => (await stage.shop.place(body)).json.order?.amount.minor;
  assert.equal(await total(lines(GOODS, 1)), GOODS.amount_minor + 3_000);
  assert.equal(await total(lines(GOODS, 2)), 2 * GOODS.amount_minor);
  const chosen = await stage.shop.place({ lines: [...lines(GOODS, 1).lines, { sku: 'shipping', quantity: 1 }] });
  assert.equal(chosen.json.code, 'unknown_sku');
});

test('a page can show prices and what is sold out before anything is ordered', async () => {
  published = () => Response.json({ ...CATALOG, items: [{ ...GOODS, sold_out: true }, OTHER_GOODS] });
  const ask = (query, language) => fetch(`${stage.worker.url}/api/catalog${query}`, { headers: { 'accept-language': language } });
  const answer = await ask(`?sku=${GOODS.sku}`, 'zh-HK');
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  const shown = await answer.json();
  assert.deepEqual([shown.currency, shown.decimals, shown.language], ['HKD', 2, 'zh-HK']);
  const { sku, amount_minor, max_quantity } = GOODS;
  assert.deepEqual(shown.items, [{ sku, state: 'sold_out', name: GOODS.name['zh-HK'], amount_minor, max_quantity }]);
  assert.equal((await (await ask('', 'en')).json()).items.length, 2);
  assert.equal((await (await ask('?skus=a', 'en')).json()).code, 'invalid_query');
});

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

describe('a catalogue at another address', () => {
  let elsewhere, server, answer;
  const asked = [];
  const withPrice = (amount_minor, etag) => (request, response) => {
    if (etag && request.headers['if-none-match'] === etag) return response.writeHead(304).end();
    response.writeHead(200, { ...(etag && { etag }) }).end(JSON.stringify({ ...CATALOG, items: [{ ...GOODS, amount_minor }] }));
  };
  const priceThere = async () => {
    const { status, json } = await elsewhere.shop.place();
    return status === 201 ? json.order.amount.minor : json.code;
  };
  before(async () => {
    server = createServer((request, response) => {
      asked.push(request.headers['if-none-match']);
      answer(request, response);
    });
    await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
    elsewhere = await setStageWithClock({ vars: { CATALOG_URL: `http://127.0.0.1:${server.address().port}/shop/catalog.json` } });
  });
  after(async () => {
    await elsewhere?.stop();
    server.closeAllConnections();
    server.close();
  });
  beforeEach(async () => {
    await elsewhere.goAhead(FRESH_MS);
    asked.splice(0);
  });

  test('CATALOG_URL is where the catalogue is, and it is read again only when it has changed', async () => {
    answer = withPrice(4_100, '"first"');
    assert.deepEqual([await priceThere(), await priceThere()], [4_100, 4_100]);
    assert.equal(asked.length, 1);
    await elsewhere.goAhead(FRESH_MS);
    assert.equal(await priceThere(), 4_100);
    assert.deepEqual(asked, [undefined, '"first"']);
    answer = withPrice(4_200, '"second"');
    await elsewhere.goAhead(FRESH_MS);
    assert.equal(await priceThere(), 4_200);
    assert.deepEqual(asked.slice(2), ['"first"']);
  });

  test('while its address does not answer, the last good catalogue is used for an hour', async () => {
    answer = withPrice(4_300, '"third"');
    assert.equal(await priceThere(), 4_300);
    const failures = [
      (request, response) => response.writeHead(503).end(),
      (request) => request.socket.destroy(),
      (request, response) => response.writeHead(302, { location: 'https://other.example/catalog.json' }).end(),
      (request, response) => response.writeHead(200).end('x'.repeat(600 * 1024)),
      () => {},
    ];
    for (const failure of failures) {
      answer = failure;
      await elsewhere.goAhead(FRESH_MS);
      assert.equal(await priceThere(), 4_300, `${failure}`);
    }
    answer = withPrice(4_300, '"third"');
    await elsewhere.goAhead(FRESH_MS);
    assert.equal(await priceThere(), 4_300);
    [answer] = failures;
    await elsewhere.goAhead(59 * 60_000);
    assert.equal(await priceThere(), 4_300);
    await elsewhere.goAhead(2 * 60_000);
    assert.equal(await priceThere(), 'misconfigured');
    answer = withPrice(4_400);
    assert.equal(await priceThere(), 4_400);
  });

  test('a catalogue there that has a mistake sells nothing, as everywhere', async () => {
    answer = (request, response) => response.writeHead(200).end('{"currency":"HKD"}');
    assert.equal(await priceThere(), 'misconfigured');
  });
});
