// A server that refuses a body without reading it closes the connection. So a test sends such a body on a separate
// connection; otherwise the next request would find a closed one.

/** The Worker reads bodies up to this length in every case. */
const SHORT_BYTES = 2048;

/** The header of a request with this body. */
export function connectionFor(body) {
  return String(body ?? '').length > SHORT_BYTES ? { connection: 'close' } : {};
}
