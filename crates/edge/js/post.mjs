// A request to a server outside, made of what the wasm says in one call.

import { pairsOf } from './respond.mjs';

/** `fetcher` is a binding, or nothing for the internet. `headers` is names and values by turns, a line each. Without a `body` it is a GET. No
 *  redirect is followed. */
export function post(fetcher, url, headers, body, signal) {
  const init = { method: body === undefined ? 'GET' : 'POST', headers: pairsOf(headers), body, signal, redirect: 'manual' };
  return fetcher ? fetcher.fetch(url, init) : fetch(url, init);
}
