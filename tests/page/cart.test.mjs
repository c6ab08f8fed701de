// The idempotency key of a cart: the same for the same payment, another for another, and never lost.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { aStorage, load, play } from '../support/page-in-node.mjs';

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
  play({ localStorage: storage });
});

/** Opens a page of the shop, by a link or in another way: the module as it is there. */
function open(type = 'navigate') {
  visits += 1;
  play({ performance: { timeOrigin: visits, getEntriesByType: (what) => (what === 'navigation' && type ? [{ type }] : []) } });
  return load('cart.js', `visit-${visits}`);
}

const kept = () => JSON.parse(storage.getItem('wechat-pay') ?? '{}');

test('a key is 128 random bits, in the letters that the Worker takes', async () => {
  const { keyOf } = await open();
  const keys = new Set();
  for (let at = 0; at < 200; at += 1) keys.add(keyOf({ ...TEA, goods: { at } }).key);
  assert.equal(keys.size, 200, 'no two carts have the same');
  for (const key of keys) assert.match(key, /^[A-Za-z0-9_-]{22}$/);
  for (const letter of ['-', '_']) assert.ok([...keys].some((key) => key.includes(letter)), `${letter}, in place of a letter that no header may have`);
});

test('a cart keeps its key and its goods: on this page, after a reload, in another tab', async () => {
  const page = await open();
  const first = page.keyOf(TEA);
  assert.deepEqual(first.goods, TEA.goods);
  assert.deepEqual(page.keyOf(TEA), first);
  assert.deepEqual((await open('reload')).keyOf(TEA), first);
  assert.deepEqual((await open()).keyOf(TEA), first);
});

test('other goods and another Worker have a key of their own, and none loses its by another', async () => {
  const { keyOf } = await open();
  const carts = [TEA, POT, { ...TEA, endpoint: 'https://other.example.com' }];
  const keys = carts.map((cart) => keyOf(cart).key);
  assert.equal(new Set(keys).size, 3);
  assert.deepEqual(carts.map((cart) => keyOf(cart).key), keys);
});

test('an offer that was signed anew is the same cart, and goes to the Worker as it was first signed', async () => {
  const { keyOf } = await open();
  const offer = (claims) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
  const cart = (claims, quantity = 1) => ({ endpoint: TEA.endpoint, goods: { offer: offer(claims), quantity } });
  const vase = { sku: 'vase', name: 'Vase ÿ?>~~~', amount: 100 };
  const first = keyOf(cart({ ...vase, iat: 1, nbf: 1, exp: 2, jti: 'a' }));
  assert.deepEqual(keyOf(cart({ ...vase, iat: 5, nbf: 6, exp: 7, jti: 'b' })), first);
  assert.deepEqual(first.goods, cart({ ...vase, iat: 1, nbf: 1, exp: 2, jti: 'a' }).goods);
  for (const other of [cart({ ...vase, amount: 99 }), cart(vase, 2)]) assert.notEqual(keyOf(other).key, first.key);
});

test('what is no offer is taken as it is', async () => {
  const { keyOf } = await open();
  const cart = (offer) => ({ endpoint: TEA.endpoint, goods: { offer, quantity: 1 } });
  assert.equal(keyOf(cart('no offer')).key, keyOf(cart('no offer')).key);
  assert.notEqual(keyOf(cart('no offer')).key, keyOf(cart('another')).key);
});

test('a paid key is shown again by a reload and by the back button, and buys anew for whoever comes by a link', async () => {
  const page = await open();
  const { key } = page.keyOf(TEA);
  page.settle(TEA, key);
  assert.notEqual((await open()).keyOf(TEA).key, key);
  const unknown = await open(null); // an old browser says nothing of how the page was opened
  const { key: again } = unknown.keyOf(TEA);
  unknown.settle(TEA, again);
  assert.notEqual((await open(null)).keyOf(TEA).key, again);

  for (const way of ['reload', 'back_forward']) {
    const shop = await open();
    const { key: paid } = shop.keyOf(POT);
    shop.settle(POT, paid);
    assert.equal((await open(way)).keyOf(POT).key, paid, way);
    // The same page as saw it paid: pressing again is another purchase, though the page was once reloaded.
    const same = await open(way);
    same.settle(POT, same.keyOf(POT).key);
    assert.notEqual(same.keyOf(POT).key, paid, way);
  }
});

test('only the own key is settled: a tab that hears late leaves that of another tab alone', async () => {
  const { keyOf, settle, forget } = await open();
  const { key } = keyOf(TEA);
  settle(TEA, 'of-an-older-order');
  assert.equal(keyOf(TEA).key, key);
  forget(TEA, 'of-an-older-order');
  assert.equal(keyOf(TEA).key, key);
  forget(TEA, key);
  assert.deepEqual(kept(), {});
  settle(TEA, key);
  forget(TEA, key);
  assert.deepEqual(kept(), {}, 'what is forgotten is not there to be settled');
  assert.notEqual(keyOf(TEA).key, key);
});

test('forgetting one cart forgets no other', async () => {
  const { keyOf, forget } = await open();
  const [tea, pot] = [keyOf(TEA).key, keyOf(POT).key];
  forget(TEA, tea);
  assert.equal(keyOf(POT).key, pot);
});

test('after an order that is over there is another key; where another tab has made one, that one', async () => {
  const { keyOf, keyAfter } = await open();
  const old = keyOf(TEA).key;
  const renewed = keyAfter(TEA, old);
  assert.notEqual(renewed.key, old);
  assert.deepEqual(renewed.goods, TEA.goods);
  assert.deepEqual((await open()).keyAfter(TEA, old), renewed, 'both tabs pay one order');
  assert.notEqual(keyAfter(POT, 'of-no-cart').key, undefined);
});

test('a key is kept for three hours, longer than any order lives, and then buys anew', async () => {
  const { keyOf } = await open();
  const { key } = keyOf(TEA);
  now += 3 * HOUR_MS - 1;
  assert.equal(keyOf(TEA).key, key);
  now += 1;
  assert.notEqual(keyOf(TEA).key, key);
});

test('where storage is forbidden or holds nonsense, the page keeps its keys in its memory', async () => {
  storage.closed = true;
  const { keyOf, keyAfter } = await open();
  const { key } = keyOf(TEA);
  const pot = keyOf(POT).key;
  assert.equal(keyOf(TEA).key, key);
  assert.notEqual(keyAfter(TEA, key).key, key);
  assert.equal(keyOf(POT).key, pot);

  // Once it is allowed it is used, and holds what the memory held.
  storage.closed = false;
  keyOf({ ...TEA, goods: { other: true } });
  assert.equal((await open()).keyOf(POT).key, pot);

  play({ localStorage: aStorage({ 'wechat-pay': 'no json' }) });
  const page = await open();
  assert.equal(page.keyOf(TEA).key, page.keyOf(TEA).key);
});
