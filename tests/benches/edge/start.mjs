// The first answer of a process: how long after its start, and how much time on the processors until then. What a start
// takes of the Worker is the difference to one that does nothing.

import { startBare } from './bare-workerd.mjs';
import { load } from './load.mjs';
import { cpuNs } from './process.mjs';

/** Forged, and about no order of ours: it goes through the whole way of a message and wakes nothing. */
const NO_ORDER = { id: '20260101aaaaaaaaaaaaaaaaaaaa', totalFee: 8800, feeType: 'HKD' };

/** `{ totalMs, cpuMs }` of each start, by the target's name. The first start of each only fills the caches of the disk. */
export async function starts(targets, times) {
  const rows = new Map(targets.map(({ name }) => [name, []]));
  for (let time = 0; time <= times; time += 1) {
    for (let turn = 0; turn < targets.length; turn += 1) {
      const target = targets[(turn + time) % targets.length];
      const measured = await start(target);
      if (time > 0) rows.get(target.name).push(measured);
    }
  }
  return rows;
}

async function start(target) {
  const { forged } = target.messagesOf(NO_ORDER);
  const server = await startBare(target);
  try {
    const request = () => target.notify(forged);
    const { errors, reasons } = await load({ port: server.port, count: 1, request, check: target.isRefused });
    const figures = { totalMs: performance.now() - server.startedAt, cpuMs: cpuNs(server.pid) / 1e6 };
    if (errors > 0) throw new Error(`${target.name}, its first answer: ${[...reasons.keys()]}`);
    return figures;
  } finally {
    await server.stop();
  }
}
