// An answer of the platform, made of what the wasm says in one call. A call for each header would take longer than all else.

/** Header texts that were seen before, as the platform takes them. They are few: a route has one or two. */
const known = new Map();
/** More than there are. A header that holds a number of its own must not fill the memory. */
const MOST = 64;

/**
 * `headers` is names and values by turns, a line each. `body` is bytes of the memory of wasm, which are copied, since that
 * memory changes; or a text; or nothing.
 */
export function respond(status, headers, body) {
  return new Response(body?.slice(), { status, headers: headersOf(headers) });
}

/** The same of what an order's object told, with more headers. An object of an older version tells its body as a text. */
export function respondAsTold([status, headers, body], moreHeaders) {
  return new Response(body, { status, headers: headersOf(headers + moreHeaders) });
}

/**
 * A file that is made while it is sent. `pages.next()` gives a part of it, or nothing after the last. A part is asked for when
 * the receiver has taken the one before.
 */
export function respondInPages(headers, pages) {
  const encoder = new TextEncoder();
  const body = new ReadableStream({
    async pull(stream) {
      const text = await pages.next();
      if (text === undefined) stream.close();
      else stream.enqueue(encoder.encode(text));
    },
  });
  return new Response(body, { headers: headersOf(headers) });
}

/** A promise of the answer, so many milliseconds later. */
export function heldBack(answer, ms) {
  return new Promise((resolve) => setTimeout(resolve, ms, answer));
}

/** The form in which an object tells its answer to a route. */
export function told(status, headers, body) {
  return [status, headers, body?.slice()];
}

/** The values of these headers, a line each. No value has a line end. */
export function headerLines(headers, names) {
  return names
    .split('\n')
    .map((name) => headers.get(name) ?? '')
    .join('\n');
}

function headersOf(text) {
  const made = known.get(text);
  if (made) return made;
  const headers = new Headers(pairsOf(text));
  if (known.size >= MOST) known.clear();
  known.set(text, headers);
  return headers;
}

/** Names and values by turns, a line each, as pairs. */
export function pairsOf(text) {
  const lines = text.split('\n');
  const pairs = [];
  for (let at = 0; at + 1 < lines.length; at += 2) pairs.push([lines[at], lines[at + 1]]);
  return pairs;
}
