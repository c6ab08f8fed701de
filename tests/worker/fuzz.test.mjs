// Bad input to every route of the Worker in workerd, by a grammar of our own, with real orders alive: no answer is a failure
// of ours, none fails to come, nothing traps, no memory is lost, and the orders are right.
//
// `FUZZ` is how many requests, `FUZZ_SEED` where chance begins, `FUZZ_KIND` the one kind of requests to send (grammar.mjs has
// their names). A failure tells the seed and the smallest request that shows it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Died, storm } from '../support/fuzz/storm.mjs';
import { startWorld } from '../support/fuzz/world.mjs';

const REQUESTS = Number(process.env.FUZZ ?? 20_000);
const SEED = Number(process.env.FUZZ_SEED ?? 15);
const KIND = process.env.FUZZ_KIND;
/** How often workerd itself may die in a long storm. Another one goes on with the same orders, and the result says so. */
const MOST_DEATHS = REQUESTS > 100_000 ? 10 : 0;
/** Orders do not last for ever, so a long storm has several rounds, each with orders of its own. */
const ROUND = Math.min(REQUESTS, 10_000);

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
/** workerd knows every order that there is, with its alarm; each may take so much of the process, and nothing of the others. */
const RSS_OF_AN_ORDER = 24 * 1024;

let stage;
before(async () => (stage = await startWorld(SEED)));
after(() => stage?.stop());

test(`${REQUESTS} requests: no failure of ours, no hang, no trap, no growth, and the orders are as they were`, async (t) => {
  const statuses = new Map();
  const deaths = [];
  /** What was measured of each process of workerd. */
  const memory = [[]];
  const tell = process.env.FUZZ ? console.log : (line) => t.diagnostic(line);
  const began = performance.now();
  const rage = async (from, end) => {
    const { port, world, worker } = stage;
    try {
      const seen = await storm({ seed: SEED, only: KIND, from, count: end - from, world, port, log: worker.log, isAlive: () => stage.isAlive() });
      for (const [status, times] of seen.statuses) statuses.set(status, (statuses.get(status) ?? 0) + times);
    } catch (error) {
      if (!(error instanceof Died) || deaths.length >= MOST_DEATHS) throw error;
      tell(error.message);
      deaths.push(error.next);
      memory.push([]);
      await stage.restart();
      await rage(error.next, end);
    }
  };
  for (let from = 0; from < REQUESTS; from += ROUND) {
    await stage.keep();
    for (const at of [from, from + ROUND / 2]) {
      await rage(at, at + ROUND / 2);
      memory.at(-1).push(await stage.memory());
    }
    await stage.checkKept();
    stage.forget();
    const perSecond = Math.round((from + ROUND) / ((performance.now() - began) / 1000));
    const now = memory.at(-1).at(-1);
    tell(`${from + ROUND} requests, ${perSecond} a second, workerd died ${deaths.length} times; ${Object.keys(MOST_GROWTH).map((what) => `${what} ${(now[what] / MIB).toFixed(1)} MiB`).join(', ')}`);
  }
  tell(`answers: ${[...statuses].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)).map(([status, times]) => `${status} × ${times}`).join(', ')}`);
  for (const each of memory.filter(({ length }) => length > 1)) {
    // The first fifth of a long storm is warm-up, too.
    const [warm, end] = [each[Math.floor(each.length / 5)], each.at(-1)];
    assert.equal(end.instances, warm.instances, 'no instance of the wasm was replaced');
    for (const [what, most] of Object.entries(MOST_GROWTH)) {
      const more = what === 'rss' ? (end.orders - warm.orders) * RSS_OF_AN_ORDER : 0;
      assert.ok(end[what] - warm[what] <= most + more, `${what} grew from ${warm[what] / MIB} to ${end[what] / MIB} MiB`);
    }
  }
});
