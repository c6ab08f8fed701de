// Pages of shops that are not ours (tests/support/hostile): another origin, tracers, frameworks, themes, policies, frames,
// service workers, wrong endpoints. On each, *paid* is seen or a named event says why not: nobody waits in silence.
//
// Each switch once: those that shall end in *paid* in combinations chosen by a seed, the others alone. `HOSTILE=2000
// HOSTILE_SEED=7` plays so many random combinations instead, and `HOSTILE=alone` each switch for itself. Combinations that
// fail are reduced to the fewest switches that still fail; `HOSTILE_WITHOUT=a,b` leaves switches out that are known to fail.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { ENGINE, openBrowser } from '../support/browsers.mjs';
import { startHostileShop } from '../support/hostile-shop.mjs';
import { otherLooks } from '../support/hostile/looks.mjs';
import { play, several, smallest } from '../support/hostile/play.mjs';
import { SWITCHES, combination, covering, expectation, randomFrom } from '../support/hostile/switches.mjs';
import { setStage } from '../support/stage.mjs';
import { OLD, modules } from '../support/two-versions.mjs';
import { startWorker } from '../support/worker.mjs';

/** Pages at a time: they wait more than they compute. */
const AT_ONCE = 6;

/** The seed of an ordinary run is the same each time, so that it fails for what was changed and not by chance. */
const { HOSTILE, HOSTILE_SEED = '1', HOSTILE_WITHOUT = '' } = process.env;
const LEFT_OUT = HOSTILE_WITHOUT.split(',');
const RANDOM = randomFrom(Number(HOSTILE_SEED));
const { together, alone } = covering(RANDOM, { without: LEFT_OUT });
const FEW_IN_FIREFOX = 10;

/** A long run says how far it is, and has time to reduce more of what fails. */
const PROGRESS_EACH = 50;
const MOST_REDUCED = HOSTILE ? 20 : 3;

let stage;
let older;
let browser;
let shop;
let plain;
before(async () => {
  [stage, browser] = await Promise.all([setStage(), openBrowser()]);
  const bundle = await modules(OLD);
  older = await startWorker({ gateway: stage.gateway, split: { edge: bundle, objects: bundle } });
  shop = await startHostileShop(stage, { olderWorker: older.url });
  plain = await play(browser, shop, []);
});
after(async () => {
  await shop?.stop();
  await browser?.close();
  await older?.stop();
  await stage?.stop();
});

/** What is wrong on such a page; nothing if all is right. */
async function faultsOf(names, seed) {
  const run = await play(browser, shop, names, { seed });
  const faults = [...run.faults, ...(run.outcome === 'paid' ? otherLooks(plain, run) : [])];
  return faults.length ? { faults, account: run.account } : undefined;
}

const told = ({ faults, account }) => `${faults.join('\n')}\n\nwhat the page told:\n${account}`;

test('a page without any switch pays', () => {
  assert.deepEqual([plain.outcome, ...plain.faults], ['paid'], plain.account);
});

const wanted = (names) => expectation(names).outcomes.join(' or ');

// The longest come first: at the end nothing is waited for alone.
const takes = (name) => expectation([name]).withinMs / expectation([name]).hurry + expectation([name]).paysAfterMs;

/** What this run plays: switches for themselves, and combinations. In the second engine they hardly ever differ, and take longer. */
function chosen() {
  if (HOSTILE === 'alone') return { singles: Object.keys(SWITCHES).filter((name) => !LEFT_OUT.includes(name)), combinations: [] };
  const some = (count) => Array.from({ length: count }, () => combination(RANDOM, { without: LEFT_OUT }));
  if (HOSTILE) return { singles: [], combinations: some(Number(HOSTILE)) };
  if (ENGINE === 'firefox' && process.env.FIREFOX !== 'all') return { singles: [], combinations: some(FEW_IN_FIREFOX) };
  return { singles: alone, combinations: together };
}
const { singles, combinations } = chosen();

describe('each switch alone ends as it must', { concurrency: AT_ONCE }, () => {
  for (const name of singles.toSorted((one, other) => takes(other) - takes(one))) {
    test(`${name}: ${wanted([name])}`, async () => {
      const fault = await faultsOf([name]);
      if (fault) assert.fail(told(fault));
    });
  }
});
test('pages with several switches at once end as they must', async (t) => {
  t.diagnostic(`HOSTILE_SEED=${HOSTILE_SEED}, ${combinations.length} pages`);
  const pages = combinations.map((names, at) => ({ names, seed: Number(HOSTILE_SEED) * 10_000 + at }));
  let done = 0;
  const failing = [];
  await several(pages, AT_ONCE, async ({ names, seed }) => {
    const fault = await faultsOf(names, seed);
    if (fault) failing.push({ names, seed, fault });
    done += 1;
    if (HOSTILE && done % PROGRESS_EACH === 0) console.log(`${done} of ${pages.length} pages, ${failing.length} of them wrong`);
  });
  const reduced = await several(failing.slice(0, MOST_REDUCED), AT_ONCE, async ({ names, seed, fault }) => {
    let last = fault;
    const least = await smallest(names, async (fewer) => {
      const found = await faultsOf(fewer, seed);
      if (found) last = found;
      return found !== undefined;
    });
    return `${least.join(',')} (of ${names.join(',')}, seed ${seed}):\n${told(last)}`;
  });
  const others = failing.slice(MOST_REDUCED).map(({ names }) => names.join(','));
  if (failing.length) assert.fail([...new Set([...reduced, ...others])].join('\n\n'));
});
