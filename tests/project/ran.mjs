// Some tests are named by docs/promises.md, ARCHITECTURE.md, SECURITY.md or a list of sabotages. This program says whether each of them has
// passed in the last run of `cargo xtask test`. Call it after a whole run: `node tests/project/ran.mjs`.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { readLists } from '../sabotage/run/list.mjs';
import { ROOT } from '../support/project.mjs';
import { INVARIANTS, TABLE, readInvariants, readPromises } from '../support/project/promises.mjs';
import { THREATS, readThreats } from '../support/project/threats.mjs';
import { notPassed, readRan, withoutWebKit } from '../support/project/ran.mjs';

const RAN = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'tests/ran.tsv');

process.exitCode = main();

function main() {
  if (!existsSync(RAN)) {
    console.log(`${RAN} is not there: \`cargo xtask test\` writes it at its end.`);
    return 1;
  }
  const named = [...byRows(TABLE, readPromises(read(TABLE)).promises), ...byRows(INVARIANTS, readInvariants(read(INVARIANTS))), ...byRows(THREATS, readThreats(read(THREATS))), ...bySabotages()];
  const ran = readRan(readFileSync(RAN, 'utf8'));
  const troubles = notPassed(named, ran);
  for (const trouble of troubles) console.log(`✗ ${trouble}`);
  const left = withoutWebKit(named, ran);
  for (const test of left) console.log(`– ${test}: not proved on this machine, which has no WebKit`);
  const commands = named.filter(({ kind }) => kind === 'command').length;
  const judged = `${named.length - commands} references to tests in ${TABLE}, ${INVARIANTS}, ${THREATS} and the lists of sabotages`;
  console.log(`${judged}: ${troubles.length === 0 ? (left.length === 0 ? 'all have passed' : `all have passed, but for ${left.length} that need WebKit`) : `${troubles.length} tests have not passed`}; ${commands} references to commands are for a person`);
  return troubles.length === 0 ? 0 : 1;
}

function byRows(document, rows) {
  return rows.flatMap(({ proofs, line }) => proofs.map((proof) => ({ ...proof, by: `${document}:${line}` })));
}

function bySabotages() {
  return readLists(ROOT).sabotages.map(({ list, name, caughtBy }) => ({ ...caughtBy, by: `tests/sabotage/${list}.toml: “${name}”` }));
}

function read(document) {
  return readFileSync(join(ROOT, document), 'utf8');
}
