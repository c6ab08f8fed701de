// Pages of shops that are not ours (tests/support/page/hostile): another origin, tracers, frameworks, themes, policies,
// frames, service workers, wrong endpoints. Each page shows *paid*, or a named event says why not: nobody waits in silence.
//
// An ordinary run plays each switch once: those that must end in *paid* in combinations chosen by a seed, the others alone.
// `HOSTILE=2000 HOSTILE_SEED=7` plays that many random combinations instead, and `HOSTILE=alone` each switch alone. Failing
// combinations are reduced to the fewest switches that still fail. `HOSTILE_WITHOUT=a,b` leaves out switches that are known
// to fail.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { allOrNone } from '../support/all-or-none.mjs';
import { ENGINE, openBrowser } from '../support/page/browsers.mjs';
import { startHostileShop } from '../support/page/hostile-shop.mjs';
import { HOSTILE, LEFT_OUT, RANDOM, endAsTheyMust, randomOnes, told, wrongWith } from '../support/page/hostile/combinations.mjs';
import { play } from '../support/page/hostile/play.mjs';
import { SWITCHES, covering, expectation } from '../support/page/hostile/switches.mjs';
import { setStage } from '../support/stage.mjs';
import { startLastRelease } from '../support/worker/two-versions.mjs';

/** The number of pages at a time: they wait more than they compute. */
const AT_ONCE = 6;
const { together, alone } = covering(RANDOM, { without: LEFT_OUT });
const FEW_IN_FIREFOX = 10;

let stage;
let older;
let browser;
let shop;
let plain;
before(async () => {
  [stage, browser] = await allOrNone([setStage(), openBrowser()]);
  older = await startLastRelease(stage.gateway);
  shop = await startHostileShop(stage, { olderWorker: older.url });
  plain = await play(browser, shop, []);
});
after(async () => {
  await shop?.stop();
  await browser?.close();
  await older?.stop();
  await stage?.stop();
});

/** What is wrong on such a page. Undefined if nothing is wrong. */
async function faultsOf(names, seed) {
  return wrongWith(await play(browser, shop, names, { seed }), plain);
}

test('a page without any switch pays', () => {
  assert.deepEqual([plain.outcome, ...plain.faults], ['paid'], plain.account);
});

const wanted = (names) => expectation(names).outcomes.join(' or ');

// The longest run first, so that the end of the run does not wait for one long page.
const takes = (name) => expectation([name]).withinMs / expectation([name]).hurry + expectation([name]).paysAfterMs;

/** What this run plays: single switches, and combinations. In the second engine fewer: it is slower and rarely differs. */
function chosen() {
  if (HOSTILE === 'alone') return { singles: Object.keys(SWITCHES).filter((name) => !LEFT_OUT.includes(name)), combinations: [] };
  if (HOSTILE) return { singles: [], combinations: randomOnes(Number(HOSTILE)) };
  if (ENGINE === 'firefox' && process.env.FIREFOX !== 'all') return { singles: [], combinations: randomOnes(FEW_IN_FIREFOX) };
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
test('pages with several switches at once end as they must', (t) => endAsTheyMust(t, combinations, faultsOf, AT_ONCE));
