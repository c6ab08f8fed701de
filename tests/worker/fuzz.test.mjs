// Bad input to every route of the Worker in workerd, by a grammar of our own, with real orders alive: no answer is a failure
// of ours, none fails to come, nothing traps, no memory is lost, and the orders are right.
//
// `FUZZ` is how many requests, `FUZZ_SEED` where chance begins. A failure tells the seed and the smallest request that shows it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { storm } from '../support/fuzz/storm.mjs';
import { startWorld } from '../support/fuzz/world.mjs';

const REQUESTS = Number(process.env.FUZZ ?? 20_000);
const SEED = Number(process.env.FUZZ_SEED ?? 15);
/** Orders do not last for ever, so a long storm has several rounds, each with orders of its own. */
const ROUND = Math.min(REQUESTS, 20_000);

const MIB = 1024 * 1024;
/** What the wasm may take after the warm-up: the heap of an allocator has holes. */
const WASM_GROWTH = 2 * MIB;
/** What the process may take after the warm-up: V8 collects its garbage when it likes. */
const PROCESS_GROWTH = 96 * MIB;

let stage;
before(async () => (stage = await startWorld(SEED)));
after(() => stage?.stop());

test(`${REQUESTS} requests: no failure of ours, no hang, no trap, no growth, and the orders are as they were`, async (t) => {
  const statuses = new Map();
  const memory = [];
  const began = performance.now();
  for (let from = 0; from < REQUESTS; from += ROUND) {
    await stage.keep();
    // The first part of the first round warms up what grows once.
    for (const [at, part] of [ROUND / 4, ROUND - ROUND / 4].entries()) {
      const { port, world, worker } = stage;
      const seen = await storm({ seed: SEED, from: from + (at * ROUND) / 4, count: part, world, port, log: worker.log });
      for (const [status, times] of seen.statuses) statuses.set(status, (statuses.get(status) ?? 0) + times);
      memory.push(await stage.memory());
    }
    await stage.checkKept();
    stage.forget();
    const { rss, wasm } = memory.at(-1);
    const perSecond = Math.round((from + ROUND) / ((performance.now() - began) / 1000));
    t.diagnostic(`${from + ROUND} requests, ${perSecond} a second, process ${Math.round(rss / MIB)} MiB, wasm ${(wasm / MIB).toFixed(1)} MiB`);
  }
  t.diagnostic(`answers: ${[...statuses].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)).map(([status, times]) => `${status} × ${times}`).join(', ')}`);
  const [warm, end] = [memory[0], memory.at(-1)];
  assert.equal(end.instances, warm.instances, 'no instance of the wasm was replaced');
  assert.ok(end.wasm - warm.wasm <= WASM_GROWTH, `the wasm grew by ${(end.wasm - warm.wasm) / MIB} MiB`);
  assert.ok(end.rss - warm.rss <= PROCESS_GROWTH, `the process grew by ${(end.rss - warm.rss) / MIB} MiB`);
});
