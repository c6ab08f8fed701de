// One round: fresh servers of all targets, each scenario in chunks that the targets take by turns.

import { measured } from './load.mjs';
import { Side } from './side.mjs';
import { row } from './summary.mjs';

/** Unmeasured requests before each further chunk of a phase with few orders: the other targets have emptied the caches. */
const SETTLE = 50;

/**
 * `stands` are `{ target, outside }`. Resolves to the rows by scenario, in the order of the targets; a target whose API
 * has no such message has none. `tell` hears of each scenario.
 */
export async function round(number, stands, merchant, options, tell) {
  const sides = stands.map(({ target, outside }) => new Side(target, outside, merchant, options));
  const turns = turnsFrom(number, sides);
  const rows = new Map();
  const measure = async (phase) => {
    for (const scenario of options.scenarios.filter((each) => each.phase === phase)) {
      tell(scenario.name);
      rows.set(scenario.name, await inChunks(scenario, sides, turns, options, tell));
    }
  };
  const has = (...phases) => options.scenarios.some(({ phase }) => phases.includes(phase));
  const all = async (what) => {
    for (const side of sides) await what(side);
  };
  try {
    if (has('few')) {
      tell('starting');
      await all((side) => side.startAnew());
      await all((side) => side.prepareFew());
      await measure('few');
      await all((side) => side.check(side.few));
    }
    if (has('placing', 'paying')) {
      tell('starting');
      await all((side) => side.startAnew());
      await all((side) => side.preparePlacing());
      await measure('placing');
    }
    if (has('paying')) {
      tell('starting');
      await all((side) => side.preparePaying());
      await measure('paying');
    }
    if (has('placing', 'paying')) await all((side) => side.payAll());
  } finally {
    await all((side) => side.stop());
  }
  return rows;
}

async function inChunks(scenario, sides, turns, options, tell) {
  const able = sides.filter(({ target }) => !scenario.api || scenario.api === target.api);
  const works = new Map(able.map((side) => [side, { connections: options.connections, ...scenario.work(side) }]));
  const chunks = new Map(able.map((side) => [side, []]));
  for (let part = 0; part < options.chunks; part += 1) {
    for (const side of turns().filter((each) => able.includes(each))) {
      const work = works.get(side);
      const from = Math.floor((work.count * part) / options.chunks);
      const count = Math.floor((work.count * (part + 1)) / options.chunks) - from;
      if (count === 0) continue;
      // Before the first one the compiler of V8 must have seen the scenario often enough.
      if (scenario.phase === 'few') await side.must({ ...work, count: part === 0 ? options.warm : SETTLE });
      const chunk = await measured(side.server, { ...work, count, request: (at) => work.request(from + at) });
      for (const [reason, times] of chunk.reasons) tell(`${scenario.name}, ${side.target.name}: WRONG, ${times} × ${reason}`);
      chunks.get(side).push(chunk);
    }
  }
  return sides.map((side) => chunks.has(side) && row(chunks.get(side)));
}

/** Who begins moves on with each turn. */
function turnsFrom(number, sides) {
  let next = number;
  return () => {
    const first = next % sides.length;
    next += 1;
    return [...sides.slice(first), ...sides.slice(0, first)];
  };
}
