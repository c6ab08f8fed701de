// What a run is asked for.

import { parseArgs } from 'node:util';

import { SCENARIOS, START } from './scenarios.mjs';
import { TARGETS } from './targets.mjs';

export const USAGE = `cargo xtask bench edge -- [options]
  --only a,b            these scenarios: ${[...SCENARIOS.map(({ name }) => name), START].join(', ')}
  --targets a,b         what is measured; the first is what the others are compared with: ${TARGETS.join(', ')}
  --rounds 5            rounds, each with fresh processes
  --n 300               requests of a scenario in a round (five times as many of the light ones)
  --warm 400            requests of each kind before they are measured
  --chunks 4            parts of a scenario, taken by turns
  --connections 8       requests under way at once
  --starts 11           starts for the first answer
  --sign MD5            MD5 or HMAC-SHA256
  --latency 0           milliseconds that the gateway takes
  --lean                without the index and without webhooks, for all targets
  --json file           all figures, too
  --profile scenario    no table, but where the time goes in V8 (--target worker, --top 30, --n 3000)`;

/** The options of this command line. Throws an error that says what is wrong with it. */
export function optionsOf(args) {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      targets: { type: 'string', default: 'peer,floor,worker' },
      target: { type: 'string', default: 'worker' },
      rounds: { type: 'string', default: '5' },
      n: { type: 'string' },
      warm: { type: 'string', default: '400' },
      chunks: { type: 'string', default: '4' },
      connections: { type: 'string', default: '8' },
      starts: { type: 'string', default: '11' },
      sign: { type: 'string', default: 'MD5' },
      latency: { type: 'string', default: '0' },
      top: { type: 'string', default: '30' },
      lean: { type: 'boolean', default: false },
      json: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const known = SCENARIOS.map(({ name }) => name);
  const only = list(values.only, [...known, START]);
  if (values.profile !== undefined) oneOf(values.profile, known);
  return {
    help: values.help,
    scenarios: SCENARIOS.filter(({ name }) => !only || only.includes(name)),
    only,
    measuresStart: !only || only.includes(START),
    targets: list(values.targets, TARGETS),
    target: oneOf(values.target, TARGETS),
    // Limits, so that a slip of the finger does not load the machine for hours.
    rounds: number(values.rounds, 1, 50),
    n: number(values.n ?? (values.profile ? '3000' : '300'), 1, 5000),
    warm: number(values.warm, 1, 5000),
    chunks: number(values.chunks, 1, 20),
    connections: number(values.connections, 1, 64),
    starts: number(values.starts, 1, 60),
    signType: oneOf(values.sign, ['MD5', 'HMAC-SHA256']),
    latencyMs: number(values.latency, 0, 10_000),
    top: number(values.top, 1, 1000),
    lean: values.lean,
    json: values.json,
    profile: values.profile,
  };
}

function list(text, known) {
  return text?.split(',').map((name) => oneOf(name, known));
}

function oneOf(name, known) {
  if (!known.includes(name)) throw new Error(`“${name}” is none of ${known.join(', ')}`);
  return name;
}

function number(text, least, most) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new Error(`${text} is not a whole number from ${least} to ${most}`);
  }
  return value;
}
