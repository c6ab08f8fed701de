// `cargo xtask sabotage`: which defects of the lists does no test notice?
//
// Each defect is alone in a copy of the project, so a test that fails there fails because of it. Several copies work at the
// same time. Before that, each named test must pass in a clean copy: a test that fails anyway catches nothing. `--together`
// puts several defects into one copy, which is quicker and less exact.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { attempt } from './attempt.mjs';
import { Copy } from './copy.mjs';
import { mistakes, readLists } from './list.mjs';
import { MISSING, PASSED, isUnbuilt, tested } from './tested.mjs';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const OPTIONS = {
  'at-once': { type: 'string', default: '2' },
  together: { type: 'string', default: '1' },
  copies: { type: 'string', default: join(ROOT, 'target/sabotage') },
  tools: { type: 'string', default: join(ROOT, 'target/tools') },
  'skip-clean': { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
};
/** How many lines of a test's output are shown when its sabotage lives or is broken. */
const TAIL_LINES = 25;

const { values: options, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
process.exitCode = await main(positionals[0]);

async function main(filter) {
  const all = readLists(ROOT);
  const wrong = mistakes(all, (file) => readFileSync(join(ROOT, file), 'utf8'));
  for (const mistake of wrong) console.log(`✗ ${mistake}`);
  if (wrong.length > 0) return 1;

  const chosen = all.sabotages.filter((sabotage) => isWanted(sabotage, filter));
  if (chosen.length === 0) {
    console.log(`No sabotage has “${filter}” in its name, its list or its file; \`cargo xtask sabotage --list\` names them all.`);
    return 1;
  }
  if (options.list) {
    for (const { list, name } of chosen) console.log(`${list}: ${name}`);
    console.log(`\n${chosen.length} sabotages; ${all.uncatchable.length} defects that no test can catch, with the reason, in the lists`);
    return 0;
  }
  const copies = Array.from({ length: Number(options['at-once']) }, (_, at) => new Copy(ROOT, join(options.copies, `copy-${at + 1}`), options.tools));
  const began = Date.now();
  if (!(await made(copies))) return 1;
  const unsteady = options['skip-clean'] ? new Map() : await failingWithout(copies, chosen);
  const results = await tried(copies, chosen, unsteady);
  return told(results, Date.now() - began);
}

function isWanted({ list, name, edits }, filter) {
  return filter === undefined || [list, name, ...edits.map(({ file }) => file)].some((text) => text.includes(filter));
}

/** Updates the copies and builds what tests run, one copy after the other, because a build uses all cores. */
async function made(copies) {
  for (const copy of copies) {
    console.log(`making ${copy.folder}`);
    copy.refresh();
    const { ended, text } = await copy.build();
    if (ended !== 0) {
      console.log(`✗ the project does not build:\n${tail(text)}`);
      return false;
    }
  }
  return true;
}

/** The named tests that fail without any sabotage: key → the test's output. */
async function failingWithout(copies, chosen) {
  const tests = new Map(chosen.map(({ caughtBy }) => [key(caughtBy), caughtBy]));
  const failing = new Map();
  console.log(`\n── ${tests.size} named tests, without any sabotage ──`);
  const places = Map.groupBy(tests.values(), ({ kind, where }) => `${kind} ${where}`);
  await shared(copies, [...places.values()], async (copy, named) => {
    const words = await tested(copy, named);
    named.forEach((test, at) => {
      const { said, text } = words[at];
      if (said !== PASSED) failing.set(key(test), said === MISSING ? `there is no such test:\n${text}` : text);
      if (said !== PASSED) console.log(`✗ ${key(test)}`);
    });
    console.log(`  ${named[0].where}: ${named.length}`);
  });
  return failing;
}

async function tried(copies, chosen, unsteady) {
  console.log(`\n── ${chosen.length} sabotages ──`);
  const results = [];
  const tell = (sabotage, result, tookMs) => {
    results.push({ sabotage, ...result });
    const mark = result.word === 'caught' ? '✓' : '✗';
    console.log(`${mark} ${result.word.padEnd(6)} ${sabotage.list}: ${sabotage.name} (${seconds(tookMs)})`);
    if (result.word === 'broken') console.log(tail(result.told));
  };
  const clean = (sabotage) => unsteady.get(key(sabotage.caughtBy));
  for (const sabotage of chosen.filter(clean)) {
    tell(sabotage, { word: 'broken', told: `its test does not pass without it:\n${clean(sabotage)}` }, 0);
  }
  const groups = grouped(chosen.filter((sabotage) => !clean(sabotage)), Number(options.together));
  await shared(copies, groups, async (copy, group) => {
    const began = Date.now();
    const words = await attempt(copy, group);
    group.forEach((sabotage, at) => tell(sabotage, words[at], (Date.now() - began) / group.length));
  });
  return results;
}

/**
 * Groups of at most `most` sabotages that are built in the same way, change no file in common and name no test in common.
 * Groups of the same part come one after the other, so that no part is built again because of an earlier defect.
 */
function grouped(sabotages, most) {
  const groups = [];
  for (const sabotage of sabotages.toSorted((one, other) => partOf(one).localeCompare(partOf(other)))) {
    const fits = (group) => group.length < most && group.every((other) => areIndependent(sabotage, other));
    const group = groups.findLast(fits);
    if (group) group.push(sabotage);
    else groups.push([sabotage]);
  }
  return groups;
}

/** What is built for the test, and which part of the project the defect is in. */
function partOf({ edits, caughtBy }) {
  const built = isUnbuilt(caughtBy) ? 'nothing' : caughtBy.kind === 'cargo' ? caughtBy.where : '';
  return `${caughtBy.kind} ${built} ${edits[0].file.split('/').slice(0, 2).join('/')}`;
}

function areIndependent(one, other) {
  const files = new Set(one.edits.map(({ file }) => file));
  const apart = other.edits.every(({ file }) => !files.has(file));
  return partOf(one) === partOf(other) && one.caughtBy.kind !== 'lint' && apart && key(one.caughtBy) !== key(other.caughtBy);
}

/** Each copy takes the next piece of work when it has finished one. */
async function shared(copies, work, one) {
  const left = [...work];
  await Promise.all(
    copies.map(async (copy) => {
      for (let piece = left.shift(); piece !== undefined; piece = left.shift()) await one(copy, piece);
    }),
  );
}

function told(results, tookMs) {
  const of = (word) => results.filter((result) => result.word === word);
  for (const { sabotage, told: text } of of('LIVES')) {
    console.log(`\n✗ LIVES: ${sabotage.list}: ${sabotage.name}\n  ${key(sabotage.caughtBy)} does not notice it\n${tail(text)}`);
  }
  for (const { sabotage } of of('broken')) console.log(`✗ broken: ${sabotage.list}: ${sabotage.name}`);
  console.log(`\n${of('caught').length} caught, ${of('LIVES').length} live, ${of('broken').length} broken, in ${seconds(tookMs)}`);
  return of('caught').length === results.length ? 0 : 1;
}

function key({ where, name }) {
  return `${where}: ${name}`;
}

function tail(text) {
  return text.trimEnd().split('\n').slice(-TAIL_LINES).map((line) => `    ${line}`).join('\n');
}

function seconds(ms) {
  return ms < 90_000 ? `${Math.round(ms / 1000)} s` : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}
