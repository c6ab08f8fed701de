// The idempotency key of a cart: 128 random bits, kept for the tab's session, so that a reload
// finds the order it had placed instead of placing a second one.
//
// A paid order ends its key, but a reload of the page that showed *paid* shall show it again:
// the key is kept with the mark of the page that saw it paid, and used once more only by a reload
// or a step through the history.

const memory = new Map();

/** The key of this cart; the same one until it is renewed or settled. */
export function keyOf(cart) {
  const { key, paidBy } = recall(cart) ?? {};
  return key && (!paidBy || (paidBy !== thisPage() && revisited())) ? key : renewKey(cart);
}

/** A new key, in place of any old one. */
export function renewKey(cart) {
  const key = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .slice(0, 22);
  remember(cart, { key });
  return key;
}

/** The order of this cart's key is paid. */
export function settle(cart) {
  remember(cart, { ...recall(cart), paidBy: thisPage() });
}

const thisPage = () => performance.timeOrigin;

function revisited() {
  const type = performance.getEntriesByType('navigation')[0]?.type;
  return type === 'reload' || type === 'back_forward';
}

const nameOf = ({ endpoint, lines }) => `wechat-pay ${endpoint} ${JSON.stringify(lines)}`;

function recall(cart) {
  const name = nameOf(cart);
  try {
    return JSON.parse(sessionStorage.getItem(name)) ?? memory.get(name);
  } catch {
    return memory.get(name);
  }
}

function remember(cart, what) {
  const name = nameOf(cart);
  memory.set(name, what);
  try {
    sessionStorage.setItem(name, JSON.stringify(what));
  } catch {
    // Storage is forbidden or full: the key lives as long as the page.
  }
}
