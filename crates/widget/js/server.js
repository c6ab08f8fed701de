// The Worker's routes of a page, and what their answers hold. No cookies, no cache, no redirects
// to elsewhere; a request that takes longer than ten seconds has not been answered.
//
// Every request is a POST: no cache, no service worker's either, may answer one.

import { json, optional } from './safe.js';

const TIME_LIMIT_MS = 10_000;

/** A Worker of before 0.2 knows no POST of an order. */
const METHOD_NOT_ALLOWED = 405;

/** Places the order of this key: the same key and goods, the same order. */
export async function place({ endpoint }, key, goods, signal) {
  const url = `${endpoint}/api/orders`;
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
  const answer = await ask(url, { method: 'POST', headers, body: json(goods), signal });
  // Is nothing there, or something that this page may not read? A request that reads nothing tells.
  if (answer.kept && (await reaches(url))) {
    return { status: 0, problem: foreign(url, 'an answer that this page may not read (CORS)') };
  }
  return answer;
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

/** What is always so. */
const PLAIN = { cache: 'no-store', credentials: 'omit' };

/** Never rejects; without a status nothing has answered. */
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
  // Some pages' `fetch` hears of no signal.
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
    // What is slow, or breaks off, is not kept from this page.
    return { kept: !response && !limit.signal.aborted, problem: { detail: `Nothing answers at ${url}: ${message}` } };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/** Whether anything is there at all. */
const reaches = (url) => fetch(url, { ...PLAIN, mode: 'no-cors', signal: AbortSignal.timeout(TIME_LIMIT_MS) }).then(
  () => true,
  () => false,
);

/** `Retry-After` in seconds or as a date, which is compared with the server's clock, not ours. */
function retryAfterMs(headers) {
  const value = headers.get('Retry-After');
  if (!value) return undefined;
  const ms = /^\d+$/.test(value) ? value * 1000 : Date.parse(value) - Date.parse(headers.get('Date'));
  return ms >= 0 ? ms : undefined;
}
