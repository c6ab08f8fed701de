// The Worker's routes for a page, and what their answers hold. No cookies, no cache, and no redirect is followed. A
// request that takes longer than ten seconds counts as not answered.
//
// Each of these requests is a POST, so that no cache can answer it, not even a service worker's. There are two exceptions.
// A Worker older than 0.2 refuses POST for reading an order, so it is asked again by GET. And `reaches`, which tests whether
// anything answers, uses GET and reads no answer.

import { json, optional } from './safe.js';

const TIME_LIMIT_MS = 10_000;

/** A Worker older than 0.2 does not know POST for reading an order. */
const METHOD_NOT_ALLOWED = 405;

/**
 * Places the order of this key. The same key and goods give the same order. `isNew`: no request had this key before. Then the
 * Worker need not look for its order first.
 */
export async function place({ endpoint }, { key, goods, isNew }, signal, language) {
  const url = `${endpoint}/api/orders`;
  // The goods are named in this language, in WeChat too.
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key, ...(language && { 'Accept-Language': language }) };
  const answer = await ask(isNew ? `${url}?attempt=1` : url, { method: 'POST', headers, body: json(goods), signal });
  // Either nothing answers there, or this page may not read the answer. A request that reads no answer tells which.
  if (answer.kept && (await reaches(url))) {
    return { status: 0, problem: foreign(url, 'an answer that this page may not read (CORS)') };
  }
  return answer;
}

/** What these goods cost, and whether they are sold out. */
export async function quote({ endpoint }, skus, language) {
  const query = skus.map((sku) => `sku=${encodeURIComponent(sku)}`).join('&');
  const signal = AbortSignal.timeout(TIME_LIMIT_MS);
  const response = await fetch(`${endpoint}/api/catalog?${query}`, { ...PLAIN, headers: { 'Accept-Language': language }, signal });
  return response.json();
}

export async function look({ endpoint }, id, token, signal) {
  const url = `${endpoint}/api/orders/${id}`;
  const request = { headers: bearer(token), signal };
  const answer = await ask(url, { method: 'POST', ...request });
  return answer.status === METHOD_NOT_ALLOWED ? ask(url, request) : answer;
}

export function cancel({ endpoint }, id, token, signal) {
  return ask(`${endpoint}/api/orders/${id}/cancel`, { method: 'POST', headers: bearer(token), signal });
}

const bearer = (token) => ({ Authorization: `Bearer ${token}` });

const foreign = (url, seen) => ({ detail: `The element's endpoint does not answer as the Worker does: ${url} gave ${seen}.` });

/** The options of every request. */
const PLAIN = { cache: 'no-store', credentials: 'omit' };

/** Sends a request. Never rejects. A result without `status` means that nothing answered. */
async function ask(url, { signal, ...request }) {
  const limit = new AbortController();
  const stop = () => limit.abort();
  const timer = setTimeout(stop, TIME_LIMIT_MS);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  let response;
  const answered = async () => {
    response = await fetch(url, { ...request, ...PLAIN, redirect: 'manual', signal: limit.signal });
    return response.text();
  };
  // The `fetch` of some pages ignores the signal.
  const stopped = new Promise((_, reject) => limit.signal.addEventListener('abort', () => reject(new Error('no answer in time'))));
  try {
    const text = await Promise.race([answered(), stopped]);
    const { ok, status, type, headers } = response;
    const body = optional(() => JSON.parse(text));
    const order = ok ? (body?.order ?? body) : undefined;
    const what = headers.get('Content-Type');
    const told = /problem/.test(what) && body?.code ? body : foreign(url, type === 'opaqueredirect' ? 'a redirect' : `${status} ${what}`);
    return { status, retryAfter: retryAfterMs(headers), order, token: body?.token, problem: order?.id ? undefined : told };
  } catch ({ message }) {
    // `kept`: there may be an answer that this page may not read. A slow or broken answer is another case.
    return { kept: !response && !limit.signal.aborted, problem: { detail: `Nothing answers at ${url}: ${message}` } };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/** Whether anything answers there. */
const reaches = (url) => fetch(url, { ...PLAIN, mode: 'no-cors', signal: AbortSignal.timeout(TIME_LIMIT_MS) }).then(
  () => true,
  () => false,
);

/** `Retry-After` in seconds or as a date. A date is compared with the server's clock, not with ours. */
function retryAfterMs(headers) {
  const value = headers.get('Retry-After');
  if (!value) return undefined;
  const ms = /^\d+$/.test(value) ? value * 1000 : Date.parse(value) - Date.parse(headers.get('Date'));
  return ms >= 0 ? ms : undefined;
}
