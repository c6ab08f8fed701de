// The name of a test, as lists of sabotages and of promises write it, and how that one test is run.
//
//   tests/worker/notify.test.mjs: a genuine message is kept     a test of Node's runner, by its own name
//   crates/order: paying::paid_is_never_undone                a test of cargo, by its path
//   lint: order                                               clippy, which must have nothing to say

/** `{ kind: 'node' | 'cargo' | 'lint', where, name }`; throws when it is none of the three. */
export function reference(text) {
  const [, where, name] = /^(\S+): (.+)$/s.exec(text) ?? [];
  if (where === 'lint') return { kind: 'lint', where: name, name: 'clippy' };
  if (where?.endsWith('.test.mjs')) return { kind: 'node', where, name };
  if (/^crates\/[a-z]+$/.test(where ?? '')) return { kind: 'cargo', where: where.replace('crates/', ''), name };
  throw new Error(`“${text}” names no test: write “tests/….test.mjs: its name”, “crates/<crate>: its::path” or “lint: <crate>”`);
}

/** The pattern for Node's `--test-name-pattern`: the names that end so, which are those of suites and tests together. */
export function pattern(name) {
  return `(^| )${escaped(name)}$`;
}

/** A text as a part of a pattern that means itself. */
export function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
