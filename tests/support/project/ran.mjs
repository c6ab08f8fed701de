// Which of the tests that a table or a list names have passed, according to the file that `cargo xtask test` writes.

import { glob } from './test-names.mjs';

/** Why tests of `tests/browser/webkit` are skipped on a machine without WebKit. */
const NO_WEBKIT = /^WEBKIT_DRIVER_BIN names no /;
/** The name of clippy's lines in that file. */
const LINT = { where: 'tool', name: 'clippy' };

/** The lines of `target/tests/ran.tsv`: `[{ end: 'passed' | 'failed' | 'skipped', where, name, why }]`. */
export function readRan(lines) {
  return lines.split('\n').filter(Boolean).map((line) => {
    const [end, where, name, why = ''] = line.split('\t');
    if (!['passed', 'failed', 'skipped'].includes(end) || !name) throw new Error(`this line is not understood: ${line}`);
    return { end, where, name, why };
  });
}

/**
 * One sentence for each named test that has not passed: what happened to it. `named` has references with a `by`, which says
 * who names them. Commands are not tests, so they are skipped, as are the tests that `withoutWebKit` reports. A name with
 * `*` stands for several tests, which must all have passed.
 */
export function notPassed(named, ran) {
  const byWhere = Map.groupBy(ran, ({ where }) => (where.includes('.') ? where : where.split('/')[0]));
  const all = Map.groupBy(named.filter(({ kind }) => kind !== 'command'), ({ kind, where, name }) => `${kind} ${where}: ${name}`);
  return [...all.values()].flatMap((same) => {
    const [{ kind, where, name }] = same;
    const what = trouble(ran, byWhere, same[0]);
    const by = same.map((each) => each.by).join(', ');
    return what ? [`${kind === 'lint' ? `the lints of ${where}` : `${where}: ${name}`}: ${what} (${by})`] : [];
  });
}

/** The named tests that were skipped because this machine has no WebKit. So this run does not prove what they prove. */
export function withoutWebKit(named, ran) {
  const isIt = ({ where, name }) => ran.some((test) => test.where === where && glob(name).test(test.name) && lacksWebKit(test));
  return [...new Set(named.filter(isIt).map(({ where, name }) => `${where}: ${name}`))];
}

function lacksWebKit({ end, where, why }) {
  return end === 'skipped' && where.startsWith('tests/browser/webkit/') && NO_WEBKIT.test(why);
}

function trouble(ran, byWhere, { kind, where, name }) {
  const inPlace = kind === 'lint' ? ran.filter((test) => test.where === LINT.where) : (byWhere.get(where) ?? []);
  const pattern = glob(name);
  const found = inPlace.filter((test) => pattern.test(test.name));
  if (found.length === 0) return inPlace.length === 0 ? 'nothing has run there' : 'it has not run';
  const other = found.find((test) => test.end !== 'passed' && !lacksWebKit(test));
  if (other === undefined) return undefined;
  const which = other.name === name ? '' : `“${other.name}” `;
  return other.end === 'failed' ? `${which}failed` : `${which}was skipped${other.why && `: ${other.why}`}`;
}
