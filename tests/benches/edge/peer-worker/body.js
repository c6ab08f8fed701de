// The body of a request or an answer, read to a limit.

const MAX_BODY_BYTES = 65_536;

/** Its bytes, or null when there are too many. */
export async function readBody(message) {
  const declared = message.headers.get('content-length');
  if (declared !== null) return Number(declared) <= MAX_BODY_BYTES ? message.arrayBuffer() : null;
  if (!message.body) return new Uint8Array(0);
  const parts = [];
  let size = 0;
  for await (const part of message.body) {
    size += part.byteLength;
    if (size > MAX_BODY_BYTES) return null;
    parts.push(part);
  }
  return parts.length === 1 ? parts[0] : joined(parts, size);
}

function joined(parts, size) {
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}
