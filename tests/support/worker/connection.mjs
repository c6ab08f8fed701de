// A server that refuses a body without reading it closes the connection. So a test sends such a body on a separate
// connection; otherwise the next request would find a closed one.

/** The Worker reads bodies up to this length in every case. */
const SHORT_BYTES = 2048;

/** The header of a request with this body. */
export function connectionFor(body) {
  return String(body ?? '').length > SHORT_BYTES ? { connection: 'close' } : {};
}

/**
 * From now on each request of this process has a connection of its own. workerd closes one that is idle for five seconds, and Node
 * gives it up a little earlier, which is too near on a busy machine: a request would find a closed one.
 */
export function useNoConnectionTwice() {
  const dispatcher = Symbol.for('undici.globalDispatcher.1');
  const { constructor: Agent } = globalThis[dispatcher];
  globalThis[dispatcher] = new Agent({ pipelining: 0 });
}
