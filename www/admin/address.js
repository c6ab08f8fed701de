// The page's own address is behind `#`: a path and a search, as in `#/orders?state=paid`. So a merchant's server needs no rule for
// it, and nothing of it, such as an e-mail address that is searched for, goes to a server by itself.

import { useEffect, useState } from './vendor.js';

const read = () => (location.hash.startsWith('#/') ? location.hash.slice(1) : '/');
const pathOf = (address) => address.split('?')[0];
const searchOf = (address) => address.split('?')[1] ?? '';

function useAddress(part) {
  const [value, set] = useState(() => part(read()));
  useEffect(() => {
    const follow = () => set(part(read()));
    addEventListener('hashchange', follow);
    follow();
    return () => removeEventListener('hashchange', follow);
  }, [part]);
  return value;
}

/** Goes to a page of the back office. */
export function go(to, { replace = false } = {}) {
  const from = location.href;
  history[replace ? 'replaceState' : 'pushState'](null, '', `#${to}`);
  dispatchEvent(new HashChangeEvent('hashchange', { oldURL: from, newURL: location.href }));
}

/** The router's view of the address (wouter's `hook`). */
export const useHashPath = () => [useAddress(pathOf), go];
useHashPath.hrefs = (href) => `#${href}`;
useHashPath.searchHook = () => useAddress(searchOf);
