// Hostile pages with several switches at once: which ones, whether each ended as it must, and the fewest switches that still
// fail. `HOSTILE=2000` is how many, `HOSTILE_SEED=7` which, `HOSTILE_WITHOUT=a,b` leaves switches out.

import assert from 'node:assert/strict';

import { otherLooks } from './looks.mjs';
import { several, smallest } from './play.mjs';
import { combination, randomFrom } from './switches.mjs';

/** The seed of an ordinary run is the same each time, so that it fails for what was changed and not by chance. */
const { HOSTILE_SEED = '1', HOSTILE_WITHOUT = '' } = process.env;

/** How many are asked for, or `alone`. */
export const { HOSTILE } = process.env;
export const LEFT_OUT = HOSTILE_WITHOUT.split(',');
export const RANDOM = randomFrom(Number(HOSTILE_SEED));

/** A long run says how far it is, and has time to reduce more of what fails. */
const PROGRESS_EACH = 50;
const MOST_REDUCED = HOSTILE ? 20 : 3;

/** So many random combinations; `without` more than is left out anyway. */
export const randomOnes = (count, { without = [] } = {}) =>
  Array.from({ length: count }, () => combination(RANDOM, { without: [...LEFT_OUT, ...without] }));

/** What is wrong with a run, beside one on a page without switches; undefined if all is right. */
export function wrongWith(run, plain) {
  const faults = [...run.faults, ...(run.outcome === 'paid' ? otherLooks(plain, run) : [])];
  return faults.length ? { faults, account: run.account } : undefined;
}

export const told = ({ faults, account }) => `${faults.join('\n')}\n\nwhat the page told:\n${account}`;

/** Plays all combinations, `atOnce` at a time, and fails with the fewest switches of each that ends otherwise. */
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
