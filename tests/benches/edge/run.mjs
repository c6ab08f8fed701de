// What our Worker costs beside a JavaScript Worker that does the same, and beside the platform alone. `cargo xtask bench
// edge` runs it; README.md says how it measures, and how to read it.

import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';

import { aMerchant } from '../../support/gateway/merchant.mjs';
import { optionsOf, USAGE } from './options.mjs';
import { startOutside } from './outside.mjs';
import { checkMachine } from './process.mjs';
import { profile } from './profile.mjs';
import { round } from './round.mjs';
import { starts } from './start.mjs';
import { clockCheck, heading, loadTable, pairTables, sizeTable, startTable } from './tables.mjs';
import { empty } from './targets/empty.mjs';
import { target } from './targets.mjs';

const options = read(process.argv.slice(2));
checkMachine();
const merchant = aMerchant({ signType: options.signType, apiV3Key: randomBytes(16).toString('hex') });
if (options.profile) {
  await profile(merchant, options);
} else {
  await bench();
}

function read(args) {
  try {
    const options = optionsOf(args);
    if (!options.help) return options;
    console.log(USAGE);
    process.exit(0);
  } catch (error) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
}

async function bench() {
  const targets = await Promise.all(options.targets.map((name) => target(name, merchant, options)));
  for (const { name, api } of options.scenarios) {
    if (api && options.only && !targets.some((each) => each.api === api)) throw new Error(`no target of API ${api} for ${name}: add --targets worker-v3`);
  }
  const rows = await rounds(targets);
  // Of API v3 a start would download certificates, and workerd by itself has no world outside.
  const starting = targets.filter(({ api }) => api === 'v2');
  const started = options.measuresStart && starting.length > 0 && (await firstAnswers(starting));
  const tables = [heading(options)];
  if (rows.size > 0) {
    const { scenarios, targets: names } = options;
    tables.push(loadTable(scenarios, names, rows), ...pairTables(scenarios, names, rows), clockCheck(rows));
  }
  if (started) tables.push(startTable([...started.keys()], started));
  tables.push(sizeTable(targets));
  console.log(`\n${tables.join('\n\n')}`);
  if (options.json) await writeFile(options.json, JSON.stringify({ options, rows, started }, withMaps, 2));
  const all = [...rows.values()].flatMap((ofScenario) => [...ofScenario.values()].flat());
  const errors = all.reduce((sum, row) => sum + row.errors, 0);
  if (errors > 0) {
    console.log(`\n${errors} answers were wrong.`);
    process.exitCode = 1;
  }
}

/** The rows of each scenario by the target's name. */
async function rounds(targets) {
  const rows = new Map();
  if (options.scenarios.length === 0) return rows;
  const stands = [];
  try {
    for (const each of targets) {
      const { latencyMs } = options;
      stands.push({ target: each, outside: await startOutside({ merchant, latencyMs, trusts: each.trusts }) });
    }
    for (let number = 0; number < options.rounds; number += 1) {
      const tell = (what) => console.log(`round ${number + 1} of ${options.rounds}: ${what}`);
      for (const [scenario, ofTargets] of await round(number, stands, merchant, options, tell)) {
        if (!rows.has(scenario)) rows.set(scenario, new Map(targets.map(({ name }) => [name, []])));
        ofTargets.forEach((row, at) => row && rows.get(scenario).get(targets[at].name).push(row));
      }
    }
  } finally {
    for (const { outside } of stands) await outside.stop();
  }
  return rows;
}

async function firstAnswers(targets) {
  console.log(`first answers: ${options.starts} starts of each`);
  return starts([await empty(), ...targets], options.starts);
}

function withMaps(_, value) {
  return value instanceof Map ? Object.fromEntries(value) : value;
}
