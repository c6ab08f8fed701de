// The idempotency key of a cart: 128 random bits, kept where a reload and a second tab find it, so
// that they come to the order that was placed instead of placing a second one.
//
// A paid order ends its key, but a reload of the page that showed *paid* shall show it again: the
// key keeps the mark of the page that saw it paid, and is used once more only by a reload or a step
// through the history. The keys stay in this origin and go to the Worker alone.

import { json } from './safe.js';

const STORED_AS = 'wechat-pay';

/** How long a tab waits for its turn at the keys; then it goes on, as where there are no locks. */
const TURN_WITHIN_MS = 500;

/** No order lives longer than two hours; what is older is forgotten, and whoever comes back then buys anew. */
const KEPT_MS = 3 * 3600_000;

/** What could not be stored: storage is forbidden or full. */
let memory = {};

/**
 * The key of this cart, and the goods it was made for; the same until it is renewed, settled or forgotten.
 * @returns {Promise<{ key: string, goods: object }>}
 */
export const keyOf = (cart) => inTurn(() => known(cart, ({ paidBy }) => !paidBy || (paidBy !== thisPage() && revisited())));

/** A key in place of the one whose order is over; that of another tab, if that was quicker. */
export const keyAfter = (cart, old) => inTurn(() => known(cart, ({ key }) => key !== old));

/** One tab at a time, so that two in which pay is pressed in the same instant come to the same key. */
async function inTurn(work) {
  let done;
  const once = () => (done ??= work());
  try {
    const late = new Promise((resolve) => setTimeout(resolve, TURN_WITHIN_MS));
    await Promise.race([navigator.locks.request(STORED_AS, once), late]);
  } catch {
    // No locks here: an old browser, a page without https, a sandbox.
  }
  return once();
}

/** The key that is stored, if it is one and still good; else a new one. */
function known(cart, isGood) {
  const stored = recall()[nameOf(cart)];
  if (!/^[\w-]{22}$/.test(stored?.key) || !isGood(stored)) return renewKey(cart);
  return { key: stored.key, goods: stored.goods ?? cart.goods };
}

/** The order of this key came to nothing. */
export function forget(cart, key) {
  if (recall()[nameOf(cart)]?.key === key) remember(cart);
}

function renewKey(cart) {
  const random = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)));
  const key = btoa(random).replaceAll('+', '-').replaceAll('/', '_').slice(0, 22);
  const { goods } = cart;
  remember(cart, { key, goods });
  return { key, goods };
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

/** What an offer is about: signed anew for another time it is the same goods at the same price. */
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
    // What is in the memory must do.
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
