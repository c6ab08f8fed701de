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
/** What each may grow by after the warm-up. V8 has collected its garbage when it is measured. */
const MOST_GROWTH = {
  /** The allocator of the wasm finds a place for everything that was freed. */
  wasm: MIB / 2,
  /** Orders that live a little longer than their request. */
  heap: 4 * MIB,
  /** The process has caches of SQLite, and pieces of memory that are free and not given back. */
  rss: 160 * MIB,
};

let stage;
before(async () => (stage = await startWorld(SEED)));
after(() => stage?.stop());

test(`${REQUESTS} requests: no failure of ours, no hang, no trap, no growth, and the orders are as they were`, async (t) => {
  const statuses = new Map();
  const memory = [];
  const began = performance.now();
  for (let from = 0; from < REQUESTS; from += ROUND) {
    await stage.keep();
    for (const [at, part] of [ROUND / 2, ROUND / 2].entries()) {
      const { port, world, worker } = stage;
      const seen = await storm({ seed: SEED, from: from + (at * ROUND) / 2, count: part, world, port, log: worker.log });
      for (const [status, times] of seen.statuses) statuses.set(status, (statuses.get(status) ?? 0) + times);
      memory.push(await stage.memory());
    }
    await stage.checkKept();
    stage.forget();
    const perSecond = Math.round((from + ROUND) / ((performance.now() - began) / 1000));
    const tell = process.env.FUZZ ? console.log : (line) => t.diagnostic(line);
    tell(`${from + ROUND} requests, ${perSecond} a second; ${Object.keys(MOST_GROWTH).map((what) => `${what} ${(memory.at(-1)[what] / MIB).toFixed(1)} MiB`).join(', ')}`);
  }
  t.diagnostic(`answers: ${[...statuses].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)).map(([status, times]) => `${status} × ${times}`).join(', ')}`);
  // The first fifth of a long storm is warm-up, too.
  const [warm, end] = [memory[Math.floor(memory.length / 5)], memory.at(-1)];
  assert.equal(end.instances, warm.instances, 'no instance of the wasm was replaced');
  for (const [what, most] of Object.entries(MOST_GROWTH)) {
    assert.ok(end[what] - warm[what] <= most, `${what} grew from ${warm[what] / MIB} to ${end[what] / MIB} MiB`);
  }
});
