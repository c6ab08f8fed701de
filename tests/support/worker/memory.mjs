// How much memory workerd has: what V8 still holds when its garbage is collected, and what the process holds.

import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

import { Inspector } from './inspector.mjs';

/** How often a look at the heap is tried, and the pause between two. */
const [MOST_LOOKS, LOOK_AGAIN_MS] = [5, 500];
/** How often the Worker is asked while V8 collects its garbage. */
const ASK_AGAIN_MS = 20;
const PATIENCE_MS = 30_000;

/**
 * Bytes that V8 still holds after it has collected the garbage of the Worker `name`. `port` is that of the inspector, `ask` asks
 * the Worker anything. Some odd heads of requests make workerd end a connection of its inspector, also a little later. So each
 * look opens one of its own.
 */
export async function heapWithoutGarbage({ port, name, ask }) {
  for (let tries = 1; ; tries += 1) {
    try {
      const inspector = await Inspector.open(port, name);
      return await collected(inspector, ask).finally(() => inspector.close());
    } catch (error) {
      if (tries === MOST_LOOKS) throw error;
      await pause(LOOK_AGAIN_MS);
    }
  }
}

/** V8 collects its garbage in a task, and workerd runs tasks only when the Worker is asked something. */
async function collected(inspector, ask) {
  let isOver = false;
  const collecting = inspector.send('HeapProfiler.collectGarbage').finally(() => (isOver = true));
  const asking = (async () => {
    for (; !isOver; await pause(ASK_AGAIN_MS)) await ask();
  })();
  await within(PATIENCE_MS, 'workerd collects its garbage', Promise.all([collecting, asking])).finally(() => (isOver = true));
  return (await inspector.send('Runtime.getHeapUsage')).usedSize;
}

/** Bytes of the process in memory. Linux only. */
export function residentBytes(pid) {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))[1]) * 1024;
}

/** The promise, or an error that says what did not come. */
function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(reject, ms, new Error(`not within ${ms} ms: ${what}`))));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
