// The lists of sabotages agree with the code. `cargo xtask sabotage` says whether a test notices each sabotage.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { changed, mistakes, readLists } from '../sabotage/run/list.mjs';
import { ROOT } from '../support/project.mjs';
import { missing } from '../support/project/promises.mjs';
import { pattern, reference } from '../support/project/test-reference.mjs';

const LISTS = readLists(ROOT);

test('each sabotage can still be put in', () => {
  assert.deepEqual(mistakes(LISTS, (file) => readFileSync(join(ROOT, file), 'utf8')), []);
});

test('each sabotage names a test that there is', () => {
  const wrong = LISTS.sabotages.map(({ list, name, caughtBy }) => ({ of: `${list}: “${name}”`, why: missing(ROOT, caughtBy) }));
  assert.deepEqual(wrong.filter(({ why }) => why !== undefined), []);
});

test('an edit that fits nowhere, or in two places, is refused', () => {
  const put = (find, replace = 'x') => changed({ edits: [{ file: 'a', find, replace }] }, () => 'one two two');
  assert.equal(put('one').get('a'), 'x two two');
  assert.throws(() => put('two'), /2 times/);
  assert.throws(() => put('three'), /0 times/);
  assert.throws(() => put('one', 'one'), /changes nothing/);
});

test('a test is named by its file or crate, and found by its whole name', () => {
  assert.deepEqual(reference('tests/worker/a.test.mjs: it holds: always'), { kind: 'node', where: 'tests/worker/a.test.mjs', name: 'it holds: always' });
  assert.deepEqual(reference('crates/order: a::b'), { kind: 'cargo', where: 'order', name: 'a::b' });
  assert.deepEqual(reference('lint: wire'), { kind: 'lint', where: 'wire', name: 'clippy' });
  assert.throws(() => reference('some test'), /names no test/);
  const found = new RegExp(pattern('is it (so)?'));
  assert.ok(found.test('a suite is it (so)?') && found.test('is it (so)?'));
  assert.ok(!found.test('this is it (so)? then') && !found.test('wis it (so)?'));
});
