// All switches of the hostile page, by their names in its address.
//
// What a switch may have:
// - `page`, the text of a script that runs before all others; `late`, the text of one that runs when the page is loaded;
//   `css`; `headers`; `libraries`; `endpoint`, `script`, `second`, `base`, `frame`, `serviceWorker`.
// - `outcome`, how the page must end; a list has all the ends that are allowed. Without it the end is `paid`. The others are
//   the `code` of a `wechat-pay-error`, `children` (the shop's own children are visible) and `no button` (nothing can be
//   pressed, so nobody waits). It must come within `withinMs` of the page's clock; `hurry` lets that clock run faster.
// - `slot`: two switches of one slot exclude each other. A switch that is `alone` is in no combination.
// - `otherLooks`: the element may look different. `names`: what the message of an error must say. `paysAfterMs`: how long the
//   shopper takes to pay. `mute`: there is no console. `older`: the switch needs a Worker of the last release.

import { ENDPOINTS } from './endpoints.mjs';
import { FRAMES } from './frames.mjs';
import { MARKUP } from './markup.mjs';
import { NETWORK } from './network.mjs';
import { PROTOTYPES } from './prototypes.mjs';
import { STORAGE } from './storage.mjs';
import { STYLES } from './styles.mjs';
import { VERSIONS } from './versions.mjs';

export const SWITCHES = { ...NETWORK, ...STORAGE, ...PROTOTYPES, ...MARKUP, ...STYLES, ...FRAMES, ...VERSIONS, ...ENDPOINTS };

/** How long *paid* may take if no switch says otherwise. */
const USUAL_MS = 20_000;

/** How many times faster the clock of a page with `hurry` runs. */
export const HURRY = 10;

/** How a page with these switches must end: `{ outcomes, withinMs, hurry, looks, paysAfterMs, mute, says }`. */
export function expectation(names) {
  const all = names.map((name) => {
    if (!Object.hasOwn(SWITCHES, name)) throw new Error(`the hostile page has no switch ${name}`);
    return SWITCHES[name];
  });
  const wrong = all.filter(({ outcome }) => outcome);
  const outcomes = new Set(wrong.length ? wrong.flatMap(({ outcome }) => outcome) : ['paid']);
  const longest = Math.max(USUAL_MS, ...all.map(({ withinMs = 0 }) => withinMs));
  return {
    outcomes: [...outcomes],
    withinMs: longest * (names.length > 1 ? 1.5 : 1),
    hurry: all.some(({ hurry }) => hurry) ? HURRY : 1,
    looks: !all.some(({ otherLooks }) => otherLooks) && outcomes.has('paid'),
    paysAfterMs: Math.max(0, ...all.map(({ paysAfterMs = 0 }) => paysAfterMs)),
    mute: all.some(({ mute }) => mute),
    says: all.flatMap(({ names: says }) => says ?? []),
  };
}

/** A function that gives random numbers between 0 and 1. The same seed gives the same numbers (mulberry32). */
export function randomFrom(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Switches that exclude each other, because together they break the page itself. */
const APART = [
  [/^put-in-by-markup$/, /^policy-/], // the policy forbids the page to parse its own markup
  [/^cloned-out-of-a-template$/, /morph/], // the server's HTML does not contain the clone
];

const areApart = (one, other) => APART.some(([first, second]) => (first.test(one) && second.test(other)) || (first.test(other) && second.test(one)));

/** A combination of two to six switches, without those of `without`. */
export function combination(random, { without = [] } = {}) {
  const names = Object.keys(SWITCHES).filter((name) => !SWITCHES[name].alone && !without.includes(name));
  const wanted = 2 + Math.floor(random() * 5);
  const chosen = [];
  const slots = new Set();
  while (chosen.length < wanted) {
    const name = names[Math.floor(random() * names.length)];
    const { slot } = SWITCHES[name];
    // There are many wrong endpoints, and each ends a payment before most other switches have an effect.
    const rare = SWITCHES[name].outcome && random() < 0.8;
    if (rare || chosen.some((other) => areApart(name, other)) || chosen.includes(name) || (slot && slots.has(slot))) continue;
    chosen.push(name);
    if (slot) slots.add(slot);
  }
  return chosen;
}

/**
 * Combinations of at most five switches. Each switch that must end in *paid* occurs in one of them. Switches with another
 * outcome, and switches that are `alone`, are listed separately: `{ together, alone }`.
 */
export function covering(random, { without = [], most = 5 } = {}) {
  const names = Object.keys(SWITCHES).filter((name) => !without.includes(name));
  const alone = names.filter((name) => SWITCHES[name].alone || SWITCHES[name].outcome);
  const together = [];
  const shuffled = names.filter((name) => !alone.includes(name)).map((name) => [random(), name]).sort(([one], [other]) => one - other);
  for (const [, name] of shuffled) {
    const { slot } = SWITCHES[name];
    const fits = (group) => group.length < most && !group.some((other) => areApart(name, other)) && !(slot && group.some((other) => SWITCHES[other].slot === slot));
    const group = together.find(fits);
    if (group) group.push(name);
    else together.push([name]);
  }
  return { together, alone };
}
