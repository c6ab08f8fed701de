// docs/catalog.md and the schema say what the Worker does: each example sells, each mistake is found by both.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import Ajv from 'ajv/dist/2020.js';

import { ROOT, WWW } from '../support/project.mjs';
import { CATALOG } from '../support/shop/catalog.mjs';
import { setStageWithClock } from '../support/worker/moved-clock.mjs';

const FRESH_MS = 10_000;
const read = (...path) => readFileSync(join(ROOT, ...path), 'utf8');
const document = read('docs', 'catalog.md');
const examples = [...document.matchAll(/```json catalog\n(.*?)```/gs)].map(([, json]) => JSON.parse(json));
const valid = new Ajv({ allErrors: true }).compile(JSON.parse(readFileSync(join(WWW, 'catalog.schema.json'), 'utf8')));
const good = { currency: 'HKD', shop: 'Tea', items: [{ sku: 'tea', name: 'Tea', amount_minor: 1 }] };

test('the schema knows the examples, the catalogue of the demo, and every field that the document has', () => {
  assert.equal(examples.length, 2);
  for (const catalog of [...examples, CATALOG, good]) assert.ok(valid(catalog), JSON.stringify(valid.errors));
  const { properties, $defs } = valid.schema;
  for (const name of [...Object.keys(properties), ...Object.keys($defs.item.properties)]) {
    assert.match(document, new RegExp(`^\\| [^|]*\`${name.replace('$', '\\$')}\`[^|]*\\|`, 'm'), `the document says nothing of ${name}`);
  }
});

test('the schema refuses what the Worker refuses, but for what no schema can see', () => {
  const mistakes = JSON.parse(read('tests', 'vectors', 'catalog-mistakes.json'));
  for (const { item, why, only_worker: onlyWorker = false } of mistakes) {
    assert.equal(valid({ ...good, items: [JSON.parse(item)] }), onlyWorker, `${item}: ${why}`);
  }
  for (const change of [{ shiping: {} }, { currency: 'HK$' }, { shop: undefined }, { shipping: { name: 'S' } }, { fields: { 'E-mail': {} } }, { languages: [] }]) {
    assert.ok(!valid(JSON.parse(JSON.stringify({ ...good, ...change }))), JSON.stringify(change));
  }
});

describe('an example of the document', () => {
  let stage, published;
  before(async () => {
    const site = async () => Response.json(published);
    [published] = examples;
    stage = await setStageWithClock({ platform: { assets: undefined, r2Buckets: ['FILES'], serviceBindings: { ASSETS: site } } });
  });
  after(() => stage?.stop());

  for (const [at, example] of examples.entries()) {
    test(`number ${at + 1} sells as it is`, async () => {
      published = example;
      await stage.goAhead(FRESH_MS);
      const fields = example.fields && { email: 'shopper@example.com' };
      const { status, json } = await stage.shop.place({ lines: [{ sku: 'tea-gift-set', quantity: 1 }], fields });
      assert.equal(status, 201, JSON.stringify(json));
      assert.equal(json.order.amount.minor, 8_800 + (example.shipping?.amount_minor ?? 0));
      assert.ok(!stage.worker.log.some((line) => line.includes('catalog.json')), stage.worker.log.join('\n'));
      const shown = await (await fetch(`${stage.worker.url}/api/catalog?sku=tea-gift-set`, { headers: { 'accept-language': 'en' } })).json();
      const written = JSON.parse(/```json\n(\{"currency".*?)\n```/s.exec(document)[1]);
      // The smallest catalogue has one text for all languages, and sells one.
      const { language, ...smallest } = { ...written, items: [{ ...written.items[0], max_quantity: 1 }] };
      assert.deepEqual(shown, example.languages ? { ...shown, language } : smallest);
    });
  }

  test('number 2 has something that is sold out, something that is not shipped, and a language of its own', async () => {
    published = examples[1];
    await stage.goAhead(FRESH_MS);
    const fields = { email: 'shopper@example.com' };
    const place = (sku) => stage.shop.place({ lines: [{ sku, quantity: 1 }], fields }, { headers: { 'accept-language': 'zh-HK' } });
    assert.equal((await place('clay-teapot')).json.code, 'sold_out');
    const book = await place('tea-book');
    assert.deepEqual([book.json.order.amount.minor, book.json.order.description], [4_500, '示例茶莊 - 茶書（PDF）']);
    assert.equal((await stage.shop.place({ lines: [{ sku: 'tea-book', quantity: 1 }] })).json.code, 'invalid_field');
  });
});
