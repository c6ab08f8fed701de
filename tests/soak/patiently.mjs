// Does something again until it succeeds: the Worker may be dead just now, workerd may have all its files
// open (each order in memory is three), and a connection that rested may be closed.

import { setTimeout as pause } from 'node:timers/promises';

/** How long a shopper tries to order, and then waits for a code. */
const PATIENCE_MS = 60_000;
const RETRY_MS = 150;

/** What `act` resolves to. Throws its last error when the time is over. */
export async function patiently(act) {
  for (const end = Date.now() + PATIENCE_MS; ; await pause(RETRY_MS)) {
    try {
      return await act();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}
