// The idempotency key of a cart: the same for the same payment, another one for another payment, and never lost.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';

import { aStorage, load, play, settled } from '../support/page/page-in-node.mjs';

const TEA = { endpoint: 'https://pay.example.com', goods: { lines: [{ sku: 'tea', quantity: 1 }] } };
const POT = { ...TEA, goods: { lines: [{ sku: 'pot', quantity: 1 }] } };
const HOUR_MS = 3600_000;

let now;
let storage;
let visits = 0;
beforeEach(() => {
  now = 1_000_000;
  storage = aStorage();
  Date.now = () => now;
  play({ localStorage: storage, navigator: {} });
});
afterEach(() => mock.timers.reset());

/** Opens a page of the shop, by a link or in another way. Resolves to that page's module. */
function open(type = 'navigate') {
  visits += 1;
  play({ performance: { timeOrigin: visits, getEntriesByType: (what) => (what === 'navigation' && type ? [{ type }] : []) } });
  return load('cart.js', `visit-${visits}`);
}

const kept = () => JSON.parse(storage.getItem('wechat-pay') ?? '{}');

test('a key is 128 random bits, in the letters that the Worker takes', async () => {
  const { keyOf } = await open();
  const keys = new Set();
  for (let at = 0; at < 200; at += 1) keys.add((await keyOf({ ...TEA, goods: { at } })).key);
  assert.equal(keys.size, 200, 'no two carts have the same');
  for (const key of keys) assert.match(key, /^[A-Za-z0-9_-]{22}$/);
  for (const letter of ['-', '_']) assert.ok([...keys].some((key) => key.includes(letter)), `${letter}, in place of a letter that no header may have`);
});

test('a cart keeps its key and its goods: on this page, after a reload, in another tab', async () => {
  const page = await open();
  const first = await page.keyOf(TEA);
  assert.deepEqual([first.goods, first.isNew], [TEA.goods, true]);
  const again = { key: first.key, goods: TEA.goods };
  assert.deepEqual(await page.keyOf(TEA), again);
  assert.deepEqual(await (await open('reload')).keyOf(TEA), again);
  assert.deepEqual(await (await open()).keyOf(TEA), again, 'only the first to ask hears that it is new');
});

test('other goods and another Worker have a key of their own, and none loses its by another', async () => {
  const { keyOf } = await open();
  const carts = [TEA, POT, { ...TEA, endpoint: 'https://other.example.com' }];
  const keysOf = async () => (await Promise.all(carts.map((cart) => keyOf(cart)))).map(({ key }) => key);
  const keys = await keysOf();
  assert.equal(new Set(keys).size, 3);
  assert.deepEqual(await keysOf(), keys);
});

test('an offer that was signed anew is the same cart, and goes to the Worker as it was first signed', async () => {
  const { keyOf } = await open();
  const offer = (claims) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
  const cart = (claims, quantity = 1) => ({ endpoint: TEA.endpoint, goods: { offer: offer(claims), quantity } });
  const vase = { sku: 'vase', name: 'Vase ÿ?>~~~', amount: 100 };
  const first = await keyOf(cart({ ...vase, iat: 1, nbf: 1, exp: 2, jti: 'a' }));
  const { key, goods } = first;
  assert.deepEqual(await keyOf(cart({ ...vase, iat: 5, nbf: 6, exp: 7, jti: 'b' })), { key, goods });
  assert.deepEqual(first.goods, cart({ ...vase, iat: 1, nbf: 1, exp: 2, jti: 'a' }).goods);
  for (const other of [cart({ ...vase, amount: 99 }), cart(vase, 2)]) assert.notEqual((await keyOf(other)).key, first.key);
});

test('what is no offer is taken as it is', async () => {
  const { keyOf } = await open();
  const cart = (offer) => ({ endpoint: TEA.endpoint, goods: { offer, quantity: 1 } });
  assert.equal((await keyOf(cart('no offer'))).key, (await keyOf(cart('no offer'))).key);
  assert.notEqual((await keyOf(cart('no offer'))).key, (await keyOf(cart('another'))).key);
});

test('a paid key is shown again by a reload and by the back button, and buys anew for whoever comes by a link', async () => {
  const page = await open();
  const { key } = await page.keyOf(TEA);
  page.settle(TEA, key);
  assert.notEqual((await (await open()).keyOf(TEA)).key, key);
  const unknown = await open(null); // an old browser does not say how the page was opened
  const { key: again } = await unknown.keyOf(TEA);
  unknown.settle(TEA, again);
  assert.notEqual((await (await open(null)).keyOf(TEA)).key, again);

  for (const way of ['reload', 'back_forward']) {
    const shop = await open();
    const { key: paid } = await shop.keyOf(POT);
    shop.settle(POT, paid);
    assert.equal((await (await open(way)).keyOf(POT)).key, paid, way);
    // This page itself saw it paid. So pressing again is another purchase, although the page was once reloaded.
    const same = await open(way);
    same.settle(POT, (await same.keyOf(POT)).key);
    assert.notEqual((await same.keyOf(POT)).key, paid, way);
  }
});

test('only the own key is settled: a tab that hears late leaves that of another tab alone', async () => {
  const { keyOf, settle, forget } = await open();
  const { key } = await keyOf(TEA);
  settle(TEA, 'of-an-older-order');
  assert.equal((await keyOf(TEA)).key, key);
  forget(TEA, 'of-an-older-order');
  assert.equal((await keyOf(TEA)).key, key);
  forget(TEA, key);
  assert.deepEqual(kept(), {});
  settle(TEA, key);
  forget(TEA, key);
  assert.deepEqual(kept(), {}, 'what is forgotten is not there to be settled');
  assert.notEqual((await keyOf(TEA)).key, key);
});

test('forgetting one cart forgets no other', async () => {
  const { keyOf, forget } = await open();
  const [tea, pot] = [(await keyOf(TEA)).key, (await keyOf(POT)).key];
  forget(TEA, tea);
  assert.equal((await keyOf(POT)).key, pot);
});

test('after an order that is over there is another key; where another tab has made one, that one', async () => {
  const { keyOf, keyAfter } = await open();
  const old = (await keyOf(TEA)).key;
  const renewed = await keyAfter(TEA, old);
  assert.notEqual(renewed.key, old);
  assert.deepEqual(renewed.goods, TEA.goods);
  assert.equal(renewed.isNew, true);
  assert.deepEqual(await (await open()).keyAfter(TEA, old), { key: renewed.key, goods: TEA.goods }, 'both tabs pay one order');
  assert.notEqual((await keyAfter(POT, 'of-no-cart')).key, undefined);
});

test('a key is kept for three hours, longer than any order lives, and then buys anew', async () => {
  const { keyOf } = await open();
  const { key } = await keyOf(TEA);
  now += 3 * HOUR_MS - 1;
  assert.equal((await keyOf(TEA)).key, key);
  now += 1;
  assert.notEqual((await keyOf(TEA)).key, key);
});

test('where storage is forbidden, the page keeps its keys in its memory', async () => {
  storage.closed = true;
  const { keyOf, keyAfter } = await open();
  const { key } = await keyOf(TEA);
  const pot = (await keyOf(POT)).key;
  assert.equal((await keyOf(TEA)).key, key);
  assert.notEqual((await keyAfter(TEA, key)).key, key);
  assert.equal((await keyOf(POT)).key, pot);

  // Once the storage is allowed it is used, and it gets the keys from the memory.
  storage.closed = false;
  await keyOf({ ...TEA, goods: { other: true } });
  assert.equal((await (await open()).keyOf(POT)).key, pot);

});

test('rubbish in the storage is no key, and takes none of the others away', async () => {
  const page = await open();
  const pot = (await page.keyOf(POT)).key;
  const good = kept();
  const name = Object.keys(good)[0].replace('pot', 'tea');
  const at = now;
  const rubbish = ['no json', 'null', '7', '"text"', '[1, null]', '{"a":null,"b":7}'];
  const entries = [{ at }, { at, key: '' }, { at, key: 7 }, { at, key: {} }, { at, key: 'short' }, { at, key: `${'k'.repeat(22)}\r\nX: y` }, { key: 'k'.repeat(22) }];
  for (const text of [...rubbish, ...entries.map((entry) => JSON.stringify({ ...good, [name]: entry }))]) {
    storage = aStorage({ 'wechat-pay': text });
    play({ localStorage: storage });
    const { keyOf } = await open();
    const { key, goods } = await keyOf(TEA);
    assert.match(key, /^[A-Za-z0-9_-]{22}$/, text);
    assert.notEqual(key, 'k'.repeat(22), text);
    assert.deepEqual([goods, (await keyOf(TEA)).key], [TEA.goods, key], text);
    if (text.includes('pot')) assert.equal((await keyOf(POT)).key, pot, text);
  }
});

test('a key that was kept without its goods is used for the goods of its cart', async () => {
  const { keyOf } = await open();
  const { key } = await keyOf(TEA);
  const [[name, { at }]] = Object.entries(kept());
  storage.setItem('wechat-pay', JSON.stringify({ [name]: { key, at } }));
  assert.deepEqual(await keyOf(TEA), { key, goods: TEA.goods });
});

test('two tabs in which pay is pressed in the same instant come to one key: they take turns', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  // As in Firefox: what one tab stores, another sees a little later, even if the turn has passed to it.
  const other = aStorage();
  const store = storage.setItem;
  storage.setItem = (name, value) => {
    store(name, value);
    setTimeout(() => other.setItem(name, value), 60);
  };
  const turns = [];
  let busy = Promise.resolve();
  const request = (name, work) => {
    turns.push(name);
    return (busy = busy.then(work));
  };
  play({ navigator: { locks: { request } } });
  const first = await (await open()).keyOf(TEA);
  play({ localStorage: other });
  const second = (await open()).keyOf(TEA);
  for (let ms = 0; ms < 200; ms += 10) {
    mock.timers.tick(10);
    await settled();
  }
  assert.deepEqual(await second, { key: first.key, goods: TEA.goods });
  assert.deepEqual(turns, ['wechat-pay', 'wechat-pay']);
});

describe('where a turn cannot be had', () => {
  const OTHERS = {
    'there are no locks': undefined,
    'they are forbidden': { request: () => Promise.reject(new DOMException('forbidden', 'SecurityError')) },
    'asking for one throws': {
      request() {
        throw new DOMException('forbidden', 'InvalidStateError');
      },
    },
  };
  for (const [what, locks] of Object.entries(OTHERS)) {
    test(`${what}: there is a key all the same, at once`, async () => {
      mock.timers.enable({ apis: ['setTimeout'] });
      play({ navigator: { locks } });
      const { keyOf } = await open();
      const { key } = await keyOf(TEA);
      assert.equal((await keyOf(TEA)).key, key);
    });
  }

  test('since another tab keeps it: after half a second there is a key all the same, and one', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    let late;
    play({ navigator: { locks: { request: (_, work) => new Promise((done) => (late = () => done(work()))) } } });
    const { keyOf } = await open();
    const asked = keyOf(TEA);
    let come;
    asked.then((known) => (come = known));
    mock.timers.tick(499);
    await settled();
    assert.equal(come, undefined);
    mock.timers.tick(1);
    const { key } = await asked;
    const before = kept();
    late(); // the turn comes, too late
    assert.deepEqual(kept(), before);
    assert.equal(Object.values(before)[0].key, key);
  });
});

test('a page that gives all arrays, objects and texts a toJSON changes neither the key nor what it is kept by', async () => {
  const { keyOf } = await open();
  const { key } = await keyOf(TEA);
  const { json } = await load('safe.js');
  for (const { prototype } of [Array, Object, String]) Object.defineProperty(prototype, 'toJSON', { configurable: true, value: () => 'changed' });
  try {
    assert.equal((await keyOf(TEA)).key, key);
    assert.notEqual((await keyOf(POT)).key, key);
    assert.equal(json({ lines: [{ sku: 'tea', quantity: 1, note: undefined }] }), '{"lines":[{"sku":"tea","quantity":1}]}');
  } finally {
    for (const { prototype } of [Array, Object, String]) delete prototype.toJSON;
  }
  assert.equal((await (await open()).keyOf(TEA)).key, key, 'and it was kept as it was');
});
