// Waiting for a condition, never for a time.

import { setTimeout as pause } from 'node:timers/promises';

/**
 * Calls `probe` again and again until it gives something other than `undefined`, `null` or
 * `false`, and returns that. An error of the probe counts as "not yet" and is reported when the
 * time is over.
 */
export async function until(what, probe, { withinMs = 20_000, everyMs = 50 } = {}) {
  const end = Date.now() + withinMs;
  let last;
  for (;;) {
    try {
      last = await probe();
      if (last !== undefined && last !== null && last !== false) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`, { cause: last });
    await pause(everyMs);
  }
}

/** For what must *not* happen: calls `probe` for a while. It must be true every time. */
export async function throughout(what, probe, { forMs = 500, everyMs = 50 } = {}) {
  for (const end = Date.now() + forMs; Date.now() < end; await pause(everyMs)) {
    if (!(await probe())) throw new Error(`it did not hold: ${what}`);
  }
}
