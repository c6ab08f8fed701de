// `cargo xtask soak -- --memory`: what a live order takes of the memory, in three runs. The front module counts the objects that
// V8 has not collected.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { children } from '../benches/edge/process.mjs';
import { freePort } from '../support/free-port.mjs';
import { startSimulator } from '../support/gateway/simulator.mjs';
import { WORKER_BUILD } from '../support/project.mjs';
import { BACK_OFFICE } from '../support/shop/back-office.mjs';
import { Shop } from '../support/shop/shop.mjs';
import { heapWithoutGarbage, residentBytes } from '../support/worker/memory.mjs';
import { startWorker } from '../support/worker/worker.mjs';

const NAME = 'worker';
const RUNS = 3;
/** Before the orders that are measured all that is made once is made. */
const [WARM_UP, ORDERS] = [100, 500];
const AT_ONCE = 16;

const PRELUDE = `
export const memories = [];
const { Instance } = WebAssembly;
WebAssembly.Instance = function (module, imports) {
  const instance = new Instance(module, imports);
  memories.push(instance.exports.memory);
  return instance;
};
`;

const FRONT = `
import { memories } from './prelude.mjs';
import worker, { OrderObject as Real } from './index.js';

let alive = 0;
const collected = new FinalizationRegistry(() => (alive -= 1));
export class OrderObject extends Real {
  constructor(state, env) {
    super(state, env);
    alive += 1;
    collected.register(this, 1);
  }
}
export default {
  ...worker,
  async fetch(request, env, context) {
    if (!request.url.endsWith('/of-the-test/alive')) return worker.fetch(request, env, context);
    return Response.json({ alive, wasm: memories.at(-1).buffer.byteLength });
  },
};
`;

/** One row for each run: `{ alive, heap, wasm, rss }`, the last three in bytes for each live order. */
export async function memoryOfOrders(tell = () => {}) {
  const rows = [];
  for (let run = 1; run <= RUNS; run += 1) {
    rows.push(await measuredOnce());
    tell(`run ${run}: ${JSON.stringify(rows.at(-1))}`);
  }
  return rows;
}

async function measuredOnce() {
  const simulator = await startSimulator();
  const port = await freePort();
  const others = new Set(children('workerd'));
  const at = (name) => join(WORKER_BUILD, name);
  const worker = await startWorker({
    gateway: simulator,
    bare: true,
    vars: BACK_OFFICE.vars,
    platform: {
      ...BACK_OFFICE.platform,
      name: NAME,
      inspectorPort: port,
      // Otherwise an object is thrown out ten seconds after its last work.
      durableObjects: { ORDERS: { className: 'OrderObject', useSQLite: true, unsafePreventEviction: true } },
      modules: [
        { type: 'ESModule', path: at('main.mjs'), contents: FRONT },
        { type: 'ESModule', path: at('prelude.mjs'), contents: PRELUDE },
        { type: 'ESModule', path: at('index.js'), contents: await readFile(at('index.js')) },
        { type: 'CompiledWasm', path: at('index_bg.wasm'), contents: await readFile(at('index_bg.wasm')) },
      ],
    },
  });
  try {
    const [pid] = children('workerd').filter((child) => !others.has(child));
    const ask = async () => (await fetch(`${worker.url}/of-the-test/alive`)).json();
    const look = async () => {
      const heap = await heapWithoutGarbage({ port, name: NAME, ask });
      return { ...(await ask()), heap, rss: residentBytes(pid) };
    };
    const shop = new Shop(worker);
    await place(shop, WARM_UP);
    const before = await look();
    await place(shop, ORDERS);
    const after = await look();
    const alive = after.alive - before.alive;
    const each = (what) => Math.round((after[what] - before[what]) / alive);
    return { alive, heap: each('heap'), wasm: each('wasm'), rss: each('rss') };
  } finally {
    await worker.stop();
    await simulator.stop();
  }
}

async function place(shop, count) {
  let left = count;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (left-- > 0) await shop.place(undefined, { isFirst: true });
  }));
}
