// Where the time of one scenario goes: a profile of V8, by the inspector of workerd.

import { freePort } from '../../support/free-port.mjs';
import { Inspector } from '../../support/worker/inspector.mjs';
import { measured } from './load.mjs';
import { startOutside } from './outside.mjs';
import { Side } from './side.mjs';
import { target } from './targets.mjs';

/** Between two looks at the stack. */
const SAMPLE_US = 100;

export async function profile(merchant, options) {
  const scenario = options.scenarios.find(({ name }) => name === options.profile);
  const own = await target(options.target, merchant, { ...options, readable: true });
  if (scenario.api && scenario.api !== own.api) throw new Error(`${own.name} has no ${scenario.name}: --target ${options.target}-v3 has`);
  const outside = await startOutside({ merchant, latencyMs: options.latencyMs, trusts: own.trusts });
  const side = new Side(own, outside, merchant, { ...options, inspectorPort: await freePort() });
  try {
    await side.startAnew();
    await prepare(side, scenario.phase);
    const inspector = await Inspector.open(side.options.inspectorPort, own.name);
    await inspector.send('Profiler.enable');
    await inspector.send('Profiler.setSamplingInterval', { interval: SAMPLE_US });
    const work = { connections: options.connections, ...scenario.work(side) };
    if (scenario.phase === 'few') await side.must({ ...work, count: options.warm });
    await inspector.send('Profiler.start');
    const result = await measured(side.server, work);
    const { profile: samples } = await inspector.send('Profiler.stop');
    inspector.close();
    report(scenario, own, result, samples, options.top);
    if (result.errors > 0) throw new Error(`wrong answers: ${[...result.reasons.keys()]}`);
  } finally {
    await side.stop();
    await outside.stop();
  }
}

async function prepare(side, phase) {
  if (phase === 'few') return side.prepareFew();
  await side.preparePlacing();
  if (phase === 'paying') await side.preparePaying();
}

function report({ name }, own, { done, ns }, { nodes, samples, timeDeltas }, top) {
  const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  const spent = new Map();
  samples.forEach((id, at) => {
    const place = places.get(id);
    spent.set(place, (spent.get(place) ?? 0) + Math.max(0, timeDeltas[at]));
  });
  const inV8 = [...spent].filter(([place]) => !/^\((idle|program|root)\)/.test(place));
  const each = (us) => `${(us / done).toFixed(2).padStart(9)} µs`;
  console.log(`${own.name}, ${name}: ${done} requests; for each, with the profiler on:`);
  console.log(`${each(ns / 1e3)}  the whole process`);
  console.log(`${each(inV8.reduce((sum, [, us]) => sum + us, 0))}  inside V8, of it in the function itself:`);
  for (const [place, us] of [...spent].sort(([, one], [, other]) => other - one).slice(0, top)) {
    console.log(`${each(us)}  ${place}`);
  }
}

function placeOf({ functionName, url, lineNumber, columnNumber }) {
  const file = url.split('/').at(-1);
  return `${functionName || '(anonymous)'} ${file}:${lineNumber + 1}:${columnNumber + 1}`;
}
