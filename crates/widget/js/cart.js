// The idempotency key of a cart: 128 random bits. It is stored, so that a reload or a second tab finds the order that was
// placed and does not place a second one.
//
// A paid order ends its key. But a reload of the page that showed *paid* must show it again, so the key remembers which
// page saw it paid. From then on only a reload or a step through the browser's history uses it. The keys stay in this
// origin and are sent only to the Worker.

import { json } from './safe.js';

const STORED_AS = 'wechat-pay';

/** How long a tab waits for its turn at the keys. Then it goes on, as in browsers without locks. */
const TURN_WITHIN_MS = 500;

/** How long a tab keeps its turn after it has its key: Firefox shows what one tab stored to another tab a little later. */
const SEEN_AFTER_MS = 100;

/** No order can be paid for longer than two hours. The page forgets older keys: the next payment is a new order. */
const KEPT_MS = 3 * 3600_000;

/** The keys that could not be stored: storage is forbidden or full. */
let memory = {};

/**
 * The key of this cart and the goods it was made for. They stay the same until the key is renewed, settled or forgotten.
 * Only the first to ask hears that the key `isNew`.
 * @returns {Promise<{ key: string, goods: object, isNew?: true }>}
 */
export const keyOf = (cart) => inTurn(() => known(cart, ({ paidBy }) => !paidBy || (paidBy !== thisPage() && revisited())));

/** A new key because the order of the old one is over, or the new key that another tab has already made. */
export const keyAfter = (cart, old) => inTurn(() => known(cart, ({ key }) => key !== old));

/** One tab at a time: if the shopper presses pay in two tabs at the same moment, both get the same key. */
async function inTurn(work) {
  let done;
  const once = () => (done ??= work());
  const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  try {
    const turn = new Promise((resolve, reject) => {
      const hold = () => (resolve(once()), after(SEEN_AFTER_MS));
      navigator.locks.request(STORED_AS, hold).catch(reject);
    });
    await Promise.race([turn, after(TURN_WITHIN_MS)]);
  } catch {
    // There are no locks: an old browser, a page without https, a sandbox.
  }
  return once();
}

/** The stored key if it is well-formed and `isGood` accepts it, else a new one. */
function known(cart, isGood) {
  const stored = recall()[nameOf(cart)];
  if (!/^[\w-]{22}$/.test(stored?.key) || !isGood(stored)) return renewKey(cart);
  return { key: stored.key, goods: stored.goods ?? cart.goods };
}

/** The order of this key failed. */
export function forget(cart, key) {
  if (recall()[nameOf(cart)]?.key === key) remember(cart);
}

function renewKey(cart) {
  const random = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)));
  const key = btoa(random).replaceAll('+', '-').replaceAll('/', '_').slice(0, 22);
  const { goods } = cart;
  remember(cart, { key, goods });
  return { key, goods, isNew: true };
}

/** The order of this key is paid. */
export function settle(cart, key) {
  const known = recall()[nameOf(cart)];
  if (known?.key === key) remember(cart, { ...known, paidBy: thisPage() });
}

const thisPage = () => performance.timeOrigin;

function revisited() {
  const type = performance.getEntriesByType('navigation')[0]?.type;
  return type === 'reload' || type === 'back_forward';
}

const nameOf = ({ endpoint, goods }) => `${endpoint} ${json({ ...goods, offer: goods.offer && offered(goods.offer) })}`;

/** The claims of an offer without its times and its `jti`. An offer that is only signed again keeps its key. */
function offered(offer) {
  try {
    const { exp, nbf, iat, jti, ...goods } = JSON.parse(atob(offer.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')));
    return goods;
  } catch {
    return offer;
  }
}

function recall() {
  let stored;
  try {
    stored = JSON.parse(localStorage.getItem(STORED_AS));
  } catch {
    // Storage is forbidden or holds no JSON: only the keys in memory count.
  }
  const now = Date.now();
  return Object.fromEntries(Object.entries({ ...(stored instanceof Object && stored), ...memory }).filter(([, kept]) => now - kept?.at < KEPT_MS));
}

function remember(cart, what) {
  const kept = { ...recall(), [nameOf(cart)]: what && { ...what, at: Date.now() } };
  if (!what) delete kept[nameOf(cart)];
  try {
    localStorage.setItem(STORED_AS, json(kept));
    memory = {};
  } catch {
    memory = kept;
  }
}
