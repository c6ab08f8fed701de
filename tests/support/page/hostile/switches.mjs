// All switches of the hostile page, by their names in its address.
//
// A switch may have: `page`, the text of a script that runs before all others; `late`, one that runs when the page is there;
// `css`; `headers`; `libraries`; `endpoint`, `script`, `second`, `base`, `frame`, `serviceWorker`. What must come of it is
// `outcome`, one of a list: `paid` (where nothing is said), the `code` of a `wechat-pay-error`, `children` (the shop's own
// children are seen), or `no button` (nothing can be pressed, so nobody waits); within `withinMs` of the page's clock.
// `hurry` lets that clock run faster. Two switches of one `slot` exclude each other; one that is `alone` is in no combination.
// Under `otherLooks` the element may look different; `names` is what the message of an error must say; `paysAfterMs` lets the
// shopper take time; `mute` leaves no console; `older` needs a Worker of the last release.

import { ENDPOINTS } from './endpoints.mjs';
import { FRAMES } from './frames.mjs';
import { MARKUP } from './markup.mjs';
import { NETWORK } from './network.mjs';
import { PROTOTYPES } from './prototypes.mjs';
import { STORAGE } from './storage.mjs';
import { STYLES } from './styles.mjs';
import { VERSIONS } from './versions.mjs';

export const SWITCHES = { ...NETWORK, ...STORAGE, ...PROTOTYPES, ...MARKUP, ...STYLES, ...FRAMES, ...VERSIONS, ...ENDPOINTS };

/** How long *paid* may take where a switch says nothing. */
const USUAL_MS = 20_000;

/** So many times faster runs the clock of a page in a hurry. */
export const HURRY = 10;

/** What must come of these switches together: `{ outcomes, withinMs, hurry, looks, names }`. */
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

/** A random number between 0 and 1 at each call, always the same ones from one seed (mulberry32). */
export function randomFrom(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What cannot be on one page: the page itself breaks then, whatever the element does. */
const APART = [
  [/^put-in-by-markup$/, /^policy-/], // it may not parse its own markup
  [/^cloned-out-of-a-template$/, /morph/], // the server's HTML has no clone
];

const areApart = (one, other) => APART.some(([first, second]) => (first.test(one) && second.test(other)) || (first.test(other) && second.test(one)));

/** A combination of two to six switches; never with those of `without`. */
export function combination(random, { without = [] } = {}) {
  const names = Object.keys(SWITCHES).filter((name) => !SWITCHES[name].alone && !without.includes(name));
  const wanted = 2 + Math.floor(random() * 5);
  const chosen = [];
  const slots = new Set();
  while (chosen.length < wanted) {
    const name = names[Math.floor(random() * names.length)];
    const { slot } = SWITCHES[name];
    // Wrong endpoints are many, and end a payment before most other switches are felt.
    const rare = SWITCHES[name].outcome && random() < 0.8;
    if (rare || chosen.some((other) => areApart(name, other)) || chosen.includes(name) || (slot && slots.has(slot))) continue;
    chosen.push(name);
    if (slot) slots.add(slot);
  }
  return chosen;
}

/**
 * Combinations of at most five in which each switch that shall end in *paid* occurs once. Those of which something else must
 * come, and those that allow no other beside them, are for themselves: `{ together, alone }`.
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
