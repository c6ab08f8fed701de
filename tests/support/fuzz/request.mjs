// One request of the fuzz, as data: it can be sent, told, and made smaller.
//
// `{ kind, method, target, headers, body, framing, frames }`. `headers` are pairs. `framing` says how the body is announced:
// `length`, `chunked`, `none`, or `wild`, when the request's own headers announce it and may lie. `frames` are sent after a
// switch to WebSocket.

/** Whether other requests may follow on its connection. After a long or badly announced body that is not certain. */
export function isAlone({ framing, body, frames, isMalformed }) {
  return framing === 'wild' || isMalformed || frames !== undefined || (body?.length ?? 0) > 1_024;
}

/** Its bytes. */
export function rendered(request) {
  const { method, target, headers, body, framing } = request;
  const all = [...headers];
  if (isAlone(request) && !request.frames && !all.some(([name]) => /^connection$/i.test(name))) all.push(['connection', 'close']);
  if (framing === 'length' && body !== undefined) all.push(['content-length', String(body.length)]);
  if (framing === 'chunked') all.push(['transfer-encoding', 'chunked']);
  const head = `${method} ${target} HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), framing === 'chunked' ? inChunks(body) : (body ?? Buffer.alloc(0))]);
}

const CHUNK_BYTES = 700;

function inChunks(body = Buffer.alloc(0)) {
  const pieces = [];
  for (let at = 0; at < body.length; at += CHUNK_BYTES) {
    const piece = body.subarray(at, at + CHUNK_BYTES);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
}

/** For a person: what to send to see it again. */
export function told(request) {
  const text = rendered(request).toString('latin1');
  const frames = request.frames ? `\n  and ${request.frames.length} frames: ${request.frames.map((frame) => frame.toString('hex').slice(0, 80)).join(' ')}` : '';
  return `${request.kind}: ${JSON.stringify(text.length > 4_000 ? `${text.slice(0, 4_000)}… (${text.length} bytes)` : text)}${frames}`;
}

/** Smaller requests that may show the same, the smallest first. */
export function* smaller(request) {
  const { headers, body, target, frames } = request;
  if (body?.length > 0) {
    yield { ...request, body: Buffer.alloc(0) };
    for (let size = body.length >> 1; size >= 1; size >>= 1) {
      for (let at = 0; at < body.length && at / size < 8; at += size) {
        yield { ...request, body: Buffer.concat([body.subarray(0, at), body.subarray(at + size)]) };
      }
    }
  }
  for (const [at, [name]] of headers.entries()) {
    if (name !== 'host') yield { ...request, headers: headers.toSpliced(at, 1) };
  }
  for (const [at, [name, value]] of headers.entries()) {
    if (value.length > 16) yield { ...request, headers: headers.toSpliced(at, 1, [name, value.slice(0, value.length >> 1)]) };
  }
  if (target.includes('?')) yield { ...request, target: target.slice(0, target.indexOf('?')) };
  if (target.length > 16) yield { ...request, target: target.slice(0, target.length >> 1) };
  for (const [at] of (frames ?? []).entries()) yield { ...request, frames: frames.toSpliced(at, 1) };
}
