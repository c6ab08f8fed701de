// One sabotage, from the defect put in to the word about its test.

import { pattern } from '../../support/test-reference.mjs';
import { changed } from './list.mjs';

/** Longer than the longest of the named tests takes on a busy machine. */
const TEST_WITHIN_MS = 4 * 60_000;

/** What a test said. `missing` when there is none of that name. */
const PASSED = 'passed';
const FAILED = 'failed';
const MISSING = 'missing';

/**
 * Tries sabotages that are put in together, each in files of its own, and of which the same part of the project is built.
 * For each `{ word: 'caught' | 'LIVES' | 'broken', told }`: broken is one that cannot be put in, does not compile, or names
 * a test that is not there. Whatever happens, the copy is afterwards what it was.
 */
export async function attempt(copy, sabotages) {
  let texts;
  try {
    texts = new Map(sabotages.flatMap((sabotage) => [...changed(sabotage, (file) => copy.read(file))]));
  } catch (error) {
    return sabotages.length > 1 ? eachAlone(copy, sabotages) : [{ word: 'broken', told: error.message }];
  }
  const before = [...texts.keys()].map((file) => [file, copy.read(file)]);
  try {
    for (const [file, text] of texts) copy.write(file, text);
    const built = await builtFor(copy, sabotages[0].caughtBy);
    if (built.ended === 0) return await inTurn(sabotages, ({ caughtBy }) => judged(copy, caughtBy));
    if (sabotages.length === 1) return [{ word: 'broken', told: `it does not compile:\n${built.text}` }];
  } finally {
    for (const [file, text] of before) copy.write(file, text);
  }
  return eachAlone(copy, sabotages);
}

async function eachAlone(copy, sabotages) {
  return (await inTurn(sabotages, (sabotage) => attempt(copy, [sabotage]))).flat();
}

async function inTurn(all, one) {
  const results = [];
  for (const each of all) results.push(await one(each));
  return results;
}

async function judged(copy, test) {
  const { said, text } = await tested(copy, test);
  if (said === MISSING) return { word: 'broken', told: `there is no test “${test.name}” in ${test.where}:\n${text}` };
  return said === FAILED ? { word: 'caught', told: text } : { word: 'LIVES', told: text };
}

/** Tests that read the sources themselves. */
const UNBUILT = /^tests\/(page|project)\//;

/** Builds what the test runs. What does not compile is no defect that a test has caught. */
async function builtFor(copy, { kind, where }) {
  if (kind === 'lint' || UNBUILT.test(where)) return { ended: 0, text: '' };
  if (kind === 'node') return copy.build();
  return compiled(copy, where);
}

/** Crates whose tests are all in the library: it is compiled once instead of twice. */
const ONLY_LIBRARY = ['api', 'edge', 'qr'];

/** What cargo is to compile of a crate. */
function targetsOf(crate) {
  return ['--package', crate, ...(ONLY_LIBRARY.includes(crate) ? ['--lib'] : [])];
}

/** The tests of a crate, compiled: that takes its own time. */
const compiled = (copy, crate) => copy.run('cargo', ['test', '--quiet', ...targetsOf(crate), '--no-run']);

/** Runs one test: `{ said, text }`. */
export async function tested(copy, test) {
  if (test.kind === 'lint') {
    const { ended, text } = await copy.run('cargo', ['clippy', '--package', test.where, '--all-targets', '--', '-D', 'warnings']);
    return { said: ended === 0 ? PASSED : FAILED, text };
  }
  return test.kind === 'node' ? testedByNode(copy, test) : testedByCargo(copy, test);
}

async function testedByNode(copy, { where, name }) {
  const args = ['--test', '--test-force-exit', '--test-timeout=120000', '--test-reporter=./tests/sabotage/run/reporter.mjs'];
  const { ended, text } = await copy.run(process.execPath, [...args, '--test-name-pattern', pattern(name), where], TEST_WITHIN_MS);
  const words = text.split('\n').filter((line) => line.startsWith(REPORTED));
  const of = words.map((line) => JSON.parse(line.slice(REPORTED.length))).filter((told) => told.name === name);
  if (of.some((told) => told.said === FAILED)) return { said: FAILED, text };
  // A file that dies says nothing of its tests; that it dies is what a user would see.
  if (ended === 'late' || (of.length === 0 && ended !== 0)) return { said: FAILED, text };
  return { said: of.length > 0 && of.every((told) => told.said === PASSED) ? PASSED : MISSING, text };
}

/** Begins a line of the reporter. */
export const REPORTED = '\u0001test ';

async function testedByCargo(copy, { where, name }) {
  const built = await compiled(copy, where);
  if (built.ended !== 0) return { said: FAILED, text: built.text };
  const { ended, text } = await copy.run('cargo', ['test', ...targetsOf(where), '--no-fail-fast', '--', '--exact', name], TEST_WITHIN_MS);
  const ran = text.split('\n').filter((line) => line.startsWith(`test ${name} ... `) || line.startsWith(`test ${name} - should panic ... `));
  if (ended === 'late') return { said: FAILED, text };
  if (ran.length === 0) return { said: /test .* \.\.\. |running 1 test/.test(text) && ended !== 0 ? FAILED : MISSING, text };
  return { said: ended === 0 ? PASSED : FAILED, text };
}
