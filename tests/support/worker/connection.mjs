// A server that refuses a body without reading it closes the connection. So a test sends such a body on a separate
// connection; otherwise the next request would find a closed one.

/** The Worker reads bodies up to this length in every case. */
const SHORT_BYTES = 2048;

/** The header of a request with this body. */
export function connectionFor(body) {
  return String(body ?? '').length > SHORT_BYTES ? { connection: 'close' } : {};
}

/**
 * From now on no request of this process uses a connection that was idle for a second. workerd closes one after five, and Node
 * gives one up after about four, which is too near on a busy machine: the request would find a closed one.
 */
export function giveUpIdleConnections() {
  const dispatcher = Symbol.for('undici.globalDispatcher.1');
  const { constructor: Agent } = globalThis[dispatcher];
  globalThis[dispatcher] = new Agent({ keepAliveTimeout: 1_000, keepAliveMaxTimeout: 1_000 });
}
