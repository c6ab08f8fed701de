// Builds what tests run, runs tests by their names in a copy of the project, and says how each ended.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { readRan } from '../../support/project/ran.mjs';
import { pattern } from '../../support/project/test-reference.mjs';

/** The project's own reporter, because the copy's reporter may be sabotaged. */
const REPORTER = fileURLToPath(new URL('../../support/project/ran-reporter.mjs', import.meta.url));

/** Longer than the longest of the named tests takes on a busy machine. */
const TEST_WITHIN_MS = 4 * 60_000;
/** Longer than all named tests of one file or one crate take. */
const TESTS_WITHIN_MS = 20 * 60_000;

/** How a test ended. `missing` means that no test has this name. */
export const PASSED = 'passed';
export const FAILED = 'failed';
export const MISSING = 'missing';

/** Tests that read the sources themselves. */
const UNBUILT = /^tests\/(widget|project)\//;
/** Crates whose tests are all in the library. For these only the library is compiled. */
const ONLY_LIBRARY = ['api', 'edge', 'qr'];

/** Whether the test needs no build. */
export const isUnbuilt = ({ kind, where }) => kind === 'lint' || UNBUILT.test(where);

/** Builds what the test runs. It is a separate step because a defect that does not compile was not caught by a test. */
export async function builtFor(copy, test) {
  const { kind, where } = test;
  if (isUnbuilt(test)) return { ended: 0, text: '' };
  return kind === 'node' ? copy.build() : compiled(copy, where);
}

/** Compiles the tests of a crate. This is a separate step, with its own time limit. */
function compiled(copy, crate) {
  return copy.run('cargo', ['test', '--quiet', ...targetsOf(crate), '--no-run']);
}

/** The parts of a crate that cargo must compile. */
function targetsOf(crate) {
  return ['--package', crate, ...(ONLY_LIBRARY.includes(crate) ? ['--lib'] : [])];
}

/** Runs tests of one file or one crate. The result for each is `{ said, text }`. */
export async function tested(copy, tests) {
  const [{ kind, where }] = tests;
  const withinMs = tests.length > 1 ? TESTS_WITHIN_MS : TEST_WITHIN_MS;
  if (kind === 'lint') {
    const { ended, text } = await copy.run('cargo', ['clippy', '--package', where, '--all-targets', '--', '-D', 'warnings']);
    return tests.map(() => ({ said: ended === 0 ? PASSED : FAILED, text }));
  }
  const names = tests.map(({ name }) => name);
  return kind === 'node' ? testedByNode(copy, where, names, withinMs) : testedByCargo(copy, where, names, withinMs);
}

async function testedByNode(copy, file, names, withinMs) {
  const writtenDown = join(copy.folder, 'target/ran.tsv');
  rmSync(writtenDown, { force: true });
  const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout', `--test-reporter=${REPORTER}`, `--test-reporter-destination=${writtenDown}`];
  const patterns = names.flatMap((name) => ['--test-name-pattern', pattern(name)]);
  const args = ['--test', '--test-force-exit', '--test-timeout=120000', ...reporters, ...patterns, file];
  const { ended, text } = await copy.run(process.execPath, args, withinMs);
  // The last line of a stopped run may be cut off.
  const ran = ended !== 'late' && existsSync(writtenDown) ? readRan(readFileSync(writtenDown, 'utf8')) : [];
  return names.map((name) => {
    const words = ran.filter((test) => test.name === name).map(({ end }) => end);
    // A file that dies reports no tests. A user would see that it dies, so this counts as a failure.
    const died = ended === 'late' || (words.length === 0 && ended !== 0);
    if (died || words.includes(FAILED)) return { said: FAILED, text };
    return { said: words.length > 0 && words.every((said) => said === PASSED) ? PASSED : MISSING, text };
  });
}

async function testedByCargo(copy, crate, names, withinMs) {
  const built = await compiled(copy, crate);
  if (built.ended !== 0) return names.map(() => ({ said: FAILED, text: built.text }));
  const { ended, text } = await copy.run('cargo', ['test', ...targetsOf(crate), '--no-fail-fast', '--', '--exact', ...names], withinMs);
  const lines = text.split('\n');
  return names.map((name) => {
    const word = lines.map((line) => CARGO_WORD.exec(line)).find((found) => found?.[1] === name)?.[2];
    if (word !== undefined) return { said: word === 'ok' ? PASSED : FAILED, text };
    // A program that dies in the middle of its tests reports nothing about the test that killed it.
    return { said: ended === 'late' || (ended !== 0 && lines.some((line) => RAN_SOME.test(line))) ? FAILED : MISSING, text };
  });
}

const CARGO_WORD = /^test (\S+)(?: - should panic)? \.\.\. (?:.*\b)?(ok|FAILED)$/;
const RAN_SOME = /^running [1-9]\d* tests?$/;
