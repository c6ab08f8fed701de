// A server that refuses a body without reading it closes the connection. Whoever sends such a body gives it a connection
// of its own, so that the next request does not find a closed one.

/** Bodies up to this length are read in every case. */
const SHORT_BYTES = 2048;

/** The header of a request with this body. */
export function connectionFor(body) {
  return String(body ?? '').length > SHORT_BYTES ? { connection: 'close' } : {};
}
