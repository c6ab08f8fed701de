// The key of this tab. It is in this tab's session storage and in the header of each request, and nowhere else: in no
// address, no cookie, no local storage. Closing the tab forgets it.

const KEY = 'wechatpay-edge.key';

/** Why nobody is signed in, for the page that asks for the key: a key of the word tables, with the API's own words. */
let farewell;
let account;
const listeners = new Set();

const tell = () => listeners.forEach((listener) => listener());

/** Calls `listener` after each change of the session. Returns what ends that. */
export function onSession(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The key of this tab, or null. */
export const key = () => sessionStorage.getItem(KEY);

/** What the key may do, once the Worker has said it: `{ name, roles, time_zone }`. */
export const who = () => account;

/** Whether the key has this role. A Worker that is misconfigured does not say; then its answers decide. */
export const may = (role) => account?.roles.includes(role) ?? true;

/** Why the last session ended. */
export const whyEnded = () => farewell;

/** A link may bring a key behind `#key=`, as the demo's does. It is taken, and leaves the address and the history at once. */
export function takeKeyFromAddress() {
  const [, found] = /^#key=([^&]+)/.exec(location.hash) ?? [];
  if (!found) return;
  history.replaceState(null, '', location.pathname);
  try {
    sessionStorage.setItem(KEY, decodeURIComponent(found));
  } catch {
    // It cannot be read; the page asks for it.
  }
}

/** Keeps a key for this tab. */
export function keep(newKey) {
  sessionStorage.setItem(KEY, newKey);
}

/** The Worker has said what the key may do. */
export function admit(newAccount) {
  account = newAccount;
  farewell = undefined;
  tell();
}

/** Forgets the key. `why` is shown where the next key is asked for. */
export function signOut(why) {
  sessionStorage.removeItem(KEY);
  account = undefined;
  farewell = why;
  tell();
}
