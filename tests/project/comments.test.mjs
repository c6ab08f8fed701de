// Comments can be read: in the sources of a crate no comment is wider than 110 columns, and no comment says only “Why.”

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { ROOT } from '../support/project.mjs';

const MOST_COLUMNS = 110;
const COMMENT = /^\s*\/\/[/!]? ?(.*)$/;
const FILLER = /^(?:Why|When|Who|What|Where|How|(?:Its|Their) \w+)\.$/;

/** What is left to clean: the most faults that a crate may have. The figure of a crate may only fall. */
const LEFT = {
};

/** The comments of a text that are too wide, and the comments that say nothing. */
function faults(text) {
  const comments = text.split('\n').filter((line) => COMMENT.test(line));
  return {
    wide: comments.filter((line) => [...line].length > MOST_COLUMNS),
    filler: comments.filter((line) => FILLER.test(COMMENT.exec(line)[1])),
  };
}

const LIST = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', 'crates/*/src/**.rs'];
const files = execFileSync('git', LIST, { cwd: ROOT, encoding: 'utf8' }).split('\0').filter((file) => file && existsSync(join(ROOT, file)));
const crates = Map.groupBy(files, (file) => file.split('/')[1]);

/** Fails when a crate has more faults of this kind than it may have. */
function fewEnough(kind) {
  assert.ok(crates.size >= 8 && files.length > 100, `${crates.size} crates, ${files.length} files`);
  for (const [crate, its] of crates) {
    const found = its.flatMap((file) => faults(readFileSync(join(ROOT, file), 'utf8'))[kind].map((line) => `${file}: ${line.trim()}`));
    const most = LEFT[crate]?.[kind] ?? 0;
    assert.ok(found.length <= most, `crates/${crate} has ${found.length}, at most ${most} are let through:\n${found.join('\n')}`);
  }
}

describe('the comments of each crate', () => {
  test('are at most 110 columns wide', () => fewEnough('wide'));
  test('say more than “Why.”', () => fewEnough('filler'));
});

test('a comment that is too wide or says nothing is found, and code is not', () => {
  const wide = `    /// ${'x'.repeat(103)}`;
  const text = ['//! Who.', `${wide}`, '/// Its number.', '/// Why an order waits.', `let code = "${'x'.repeat(200)}";`, `// ${'é'.repeat(107)}`].join('\n');
  assert.deepEqual(faults(text), { wide: [wide], filler: ['//! Who.', '/// Its number.'] });
});
