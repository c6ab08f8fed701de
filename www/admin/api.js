// Requests to the Worker. Each carries the key of this tab; each ends in time; each failure is a `Trouble` that says what to do.

import { key, signOut } from './session.js';

const TIME_LIMIT_MS = 20_000;
/** Readiness asks everybody, which takes longer. */
export const LONG_TIME_LIMIT_MS = 60_000;

/** Why a request brought nothing. `kind` is `problem` (the Worker says why), `unanswered` (nobody knows whether it was heard) or `odd`. */
export class Trouble extends Error {
  constructor(kind, { status, code, detail, retryAfterMs, cause } = {}) {
    super(detail ?? kind, { cause });
    Object.assign(this, { kind, status, code, detail, retryAfterMs });
  }

  /** Whether the request may have had an effect although no answer says so. */
  get isUnclear() {
    return this.kind !== 'problem' || this.status >= 500;
  }
}

/** The JSON of `GET /admin/api{path}`. */
export const get = async (path, options) => (await ask('GET', path, options)).json;

/** The JSON of `POST /admin/api{path}`; undefined for an empty answer. */
export const post = async (path, body, options) => (await ask('POST', path, { ...options, body })).json;

/** The same as [`get`] with the headers of the answer. */
export const getWithHeaders = (path, options) => ask('GET', path, options);

/** A file of `/admin/api{path}`: the answer itself. It is whole when its stream has ended without an error. */
export async function download(path, { signal } = {}) {
  const answer = await send('GET', path, undefined, signal);
  if (!answer.ok) throw await troubleOf(answer);
  return answer;
}

/** A path that an answer of the API named, such as the next page's, without `/admin/api`. Other addresses are refused. */
export function ownPath(path) {
  const { origin, pathname, search } = new URL(path, location.origin);
  if (origin !== location.origin || !pathname.startsWith('/admin/api/')) throw new Trouble('odd', { detail: path });
  return pathname.slice('/admin/api'.length) + search;
}

async function ask(method, path, { body, signal, timeLimitMs = TIME_LIMIT_MS } = {}) {
  const limit = AbortSignal.timeout(timeLimitMs);
  const answer = await send(method, path, body, signal ? AbortSignal.any([signal, limit]) : limit);
  if (!answer.ok) throw await troubleOf(answer);
  try {
    const text = await answer.text();
    return { json: text ? JSON.parse(text) : undefined, headers: answer.headers };
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new Trouble(cause instanceof SyntaxError ? 'odd' : 'unanswered', { status: answer.status, cause });
  }
}

async function send(method, path, body, signal) {
  const used = key();
  const headers = { authorization: `Bearer ${used}`, accept: 'application/json', ...(body !== undefined && { 'content-type': 'application/json' }) };
  let answer;
  try {
    const asked = { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal };
    answer = await fetch(`/admin/api${path}`, { ...asked, cache: 'no-store', credentials: 'omit', redirect: 'error' });
  } catch (cause) {
    if (cause.name === 'AbortError') throw cause;
    throw new Trouble('unanswered', { cause });
  }
  // A key that was changed meanwhile is not this request's.
  if (answer.status === 401 && key() === used) {
    const trouble = await troubleOf(answer);
    signOut({ word: 'sign_in.refused', detail: trouble.detail });
    throw trouble;
  }
  return answer;
}

async function troubleOf(answer) {
  const { status } = answer;
  const seconds = Number(answer.headers.get('retry-after'));
  const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
  try {
    const { code, detail } = await answer.json();
    return new Trouble('problem', { status, code: String(code), detail: String(detail), retryAfterMs });
  } catch (cause) {
    return new Trouble('odd', { status, retryAfterMs, cause });
  }
}
