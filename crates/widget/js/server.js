// The Worker's routes of a page, and what their answers hold. No cookies, no cache, no redirects
// to elsewhere; a request that takes longer than ten seconds has not been answered.

const TIME_LIMIT_MS = 10_000;

/** What an absent answer looks like to the session machine. */
export const UNREACHABLE = { status: 0 };

/** Places the order of this key: the same key and goods, the same order. */
export function place({ endpoint }, key, goods, signal) {
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
  return ask(`${endpoint}/api/orders`, { method: 'POST', headers, body: JSON.stringify(goods), signal });
}

export function look({ endpoint }, id, token, signal) {
  return ask(`${endpoint}/api/orders/${id}`, { headers: bearer(token), signal });
}

export function cancel({ endpoint }, id, token, signal) {
  return ask(`${endpoint}/api/orders/${id}/cancel`, { method: 'POST', headers: bearer(token), signal });
}

const bearer = (token) => ({ Authorization: `Bearer ${token}` });

async function ask(url, { signal, ...request }) {
  const limit = new AbortController();
  const stop = () => limit.abort();
  const timer = setTimeout(stop, TIME_LIMIT_MS);
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop);
  try {
    const response = await fetch(url, {
      ...request,
      signal: limit.signal,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
    });
    const body = await response.json().catch(() => undefined);
    return {
      status: response.status,
      retryAfter: retryAfterMs(response.headers),
      order: response.ok ? (body?.order ?? body) : undefined,
      token: body?.token,
      problem: response.ok ? undefined : body,
    };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

/** `Retry-After` in seconds or as a date, which is compared with the server's clock, not ours. */
function retryAfterMs(headers) {
  const value = headers.get('Retry-After');
  if (!value) return undefined;
  const ms = /^\d+$/.test(value) ? value * 1000 : Date.parse(value) - Date.parse(headers.get('Date'));
  return ms >= 0 ? ms : undefined;
}
