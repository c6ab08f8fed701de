// The idempotency key of a cart: 128 random bits, kept where a reload and a second tab find it, so
// that they come to the order that was placed instead of placing a second one.
//
// A paid order ends its key, but a reload of the page that showed *paid* shall show it again: the
// key keeps the mark of the page that saw it paid, and is used once more only by a reload or a step
// through the history. The keys stay in this origin and go to the Worker alone.

const STORED_AS = 'wechat-pay';

/** No order lives longer than two hours; what is older is forgotten, and whoever comes back then buys anew. */
const KEPT_MS = 3 * 3600_000;

/** What could not be stored: storage is forbidden or full. */
let memory = {};

/** The key of this cart; the same one until it is renewed, settled or forgotten. */
export function keyOf(cart) {
  const { key, paidBy } = recall()[nameOf(cart)] ?? {};
  return key && (!paidBy || (paidBy !== thisPage() && revisited())) ? key : renewKey(cart);
}

/** A key in place of the one whose order is over; that of another tab, if that was quicker. */
export function keyAfter(cart, old) {
  const { key } = recall()[nameOf(cart)] ?? {};
  return key && key !== old ? key : renewKey(cart);
}

/** The order of this cart's key came to nothing. */
export function forget(cart) {
  remember(cart);
}

function renewKey(cart) {
  const random = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)));
  const key = btoa(random).replaceAll('+', '-').replaceAll('/', '_').slice(0, 22);
  remember(cart, { key });
  return key;
}

/** The order of this cart's key is paid. */
export function settle(cart) {
  remember(cart, { ...recall()[nameOf(cart)], paidBy: thisPage() });
}

const thisPage = () => performance.timeOrigin;

function revisited() {
  const type = performance.getEntriesByType('navigation')[0]?.type;
  return type === 'reload' || type === 'back_forward';
}

const nameOf = ({ endpoint, goods }) => `${endpoint} ${JSON.stringify(goods)}`;

function recall() {
  let stored;
  try {
    stored = JSON.parse(localStorage.getItem(STORED_AS));
  } catch {
    // What is in the memory must do.
  }
  const now = Date.now();
  return Object.fromEntries(Object.entries({ ...stored, ...memory }).filter(([, { at }]) => now - at < KEPT_MS));
}

function remember(cart, what) {
  const kept = { ...recall(), [nameOf(cart)]: what && { ...what, at: Date.now() } };
  if (!what) delete kept[nameOf(cart)];
  try {
    localStorage.setItem(STORED_AS, JSON.stringify(kept));
    memory = {};
  } catch {
    memory = kept;
  }
}
