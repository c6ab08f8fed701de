// References to tests, as the lists of sabotages and of promises write them, and how to run the one test that is meant.
//
//   tests/worker/notify.test.mjs: a genuine message is kept     a test of Node's runner, by its own name
//   crates/order: paying::paid_is_never_undone                a test of cargo, by its path
//   lint: order                                               clippy, which must have nothing to say

/** `{ kind: 'node' | 'cargo' | 'lint', where, name }`. Throws when the text is no reference. */
export function reference(text) {
  const [, where, name] = /^(\S+): (.+)$/s.exec(text) ?? [];
  if (where === 'lint') return { kind: 'lint', where: name, name: 'clippy' };
  if (where?.endsWith('.test.mjs')) return { kind: 'node', where, name };
  if (/^crates\/[a-z]+$/.test(where ?? '')) return { kind: 'cargo', where: where.replace('crates/', ''), name };
  throw new Error(`“${text}” names no test: write “tests/….test.mjs: its name”, “crates/<crate>: its::path” or “lint: <crate>”`);
}

/** The pattern for Node's `--test-name-pattern`. Node puts the suites' names before the test's name, so only the end counts. */
export function pattern(name) {
  return `(^| )${escaped(name)}$`;
}

/** Escapes a text, so that in a pattern it means itself. */
export function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
