// Hostile pages with several switches at once: chooses the switches, checks how each page ended, and reduces a failing page
// to the fewest switches that still fail. `HOSTILE=2000` sets how many pages, `HOSTILE_SEED=7` which ones, and
// `HOSTILE_WITHOUT=a,b` leaves switches out.

import assert from 'node:assert/strict';

import { otherLooks } from './looks.mjs';
import { several, smallest } from './play.mjs';
import { combination, randomFrom } from './switches.mjs';

/** An ordinary run always has the same seed, so that it fails because of a change and not by chance. */
const { HOSTILE_SEED = '1', HOSTILE_WITHOUT = '' } = process.env;

/** The wanted number of combinations, or `alone`. */
export const { HOSTILE } = process.env;
export const LEFT_OUT = HOSTILE_WITHOUT.split(',');
export const RANDOM = randomFrom(Number(HOSTILE_SEED));

/** A long run reports its progress, and has time to reduce more of the failing pages. */
const PROGRESS_EACH = 50;
const MOST_REDUCED = HOSTILE ? 20 : 3;

/** `count` random combinations, without the switches of `HOSTILE_WITHOUT` and of `without`. */
export const randomOnes = (count, { without = [] } = {}) =>
  Array.from({ length: count }, () => combination(RANDOM, { without: [...LEFT_OUT, ...without] }));

/** What is wrong with a run, compared with a run on a page without switches. Undefined if nothing is wrong. */
export function wrongWith(run, plain) {
  const faults = [...run.faults, ...(run.outcome === 'paid' ? otherLooks(plain, run) : [])];
  return faults.length ? { faults, account: run.account } : undefined;
}

export const told = ({ faults, account }) => `${faults.join('\n')}\n\nwhat the page told:\n${account}`;

/** Plays all combinations, `atOnce` at a time. Fails with the reduced switches of each combination that ends wrongly. */
export async function endAsTheyMust(t, combinations, faultsOf, atOnce) {
  t.diagnostic(`HOSTILE_SEED=${HOSTILE_SEED}, ${combinations.length} pages`);
  const pages = combinations.map((names, at) => ({ names, seed: Number(HOSTILE_SEED) * 10_000 + at }));
  let done = 0;
  const failing = [];
  await several(pages, atOnce, async ({ names, seed }) => {
    const fault = await faultsOf(names, seed);
    if (fault) failing.push({ names, seed, fault });
    done += 1;
    if (HOSTILE && done % PROGRESS_EACH === 0) console.log(`${done} of ${pages.length} pages, ${failing.length} of them wrong`);
  });
  const reduced = await several(failing.slice(0, MOST_REDUCED), atOnce, async ({ names, seed, fault }) => {
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
}
