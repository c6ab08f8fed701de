// Every link of the documents that stays inside the project leads to a file that is there, and to a heading that it has.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

import { ROOT } from '../support/project.mjs';
import { anchors, links } from '../support/project/guides.mjs';

const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '*.md'], { cwd: ROOT });
const DOCUMENTS = listed.toString().split('\0').filter((path) => path && existsSync(join(ROOT, path)));
const read = (path) => readFileSync(join(ROOT, path), 'utf8');

/** The README of the npm package is published beside other files than here. */
const PUBLISHED = { 'kit/README.md': { 'WIDGET.md': 'crates/widget/README.md' } };

/** Why a link leads nowhere, or undefined. */
function wrong(document, { path, anchor }) {
  const target = PUBLISHED[document]?.[path] ?? (path ? relative(ROOT, join(ROOT, dirname(document), decodeURIComponent(path))) : document);
  if (!existsSync(join(ROOT, target))) return `${document}: there is no ${target}`;
  if (anchor === undefined) return undefined;
  if (statSync(join(ROOT, target)).isDirectory() || !target.endsWith('.md')) return `${document}: ${target} has no headings`;
  return anchors(read(target)).includes(anchor) ? undefined : `${document}: ${target} has no heading #${anchor}`;
}

test('each link inside the project leads somewhere', () => {
  const inside = DOCUMENTS.flatMap((document) => links(read(document)).filter(({ url }) => url === undefined).map((link) => [document, link]));
  assert.ok(inside.length > 200, `${inside.length}`);
  assert.deepEqual(inside.flatMap(([document, link]) => wrong(document, link) ?? []), []);
});

test('a link that leads nowhere is told', () => {
  const say = (text) => links(text).flatMap((link) => wrong('docs/cost.md', link) ?? []);
  assert.deepEqual(say('[a](operations.md#a-secret-has-leaked) [b](#what-an-order-costs) [c](../README.md) [d](https://example.com/#x)'), []);
  assert.deepEqual(say('[a](none.md)'), ['docs/cost.md: there is no docs/none.md']);
  assert.deepEqual(say('[a](operations.md#none)'), ['docs/cost.md: docs/operations.md has no heading #none']);
  assert.deepEqual(say('`[a](none.md)`'), [], 'code is no link');
});
