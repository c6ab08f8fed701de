// A figure in a document is the same as in the place that decides it. Also: what no document may contain.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

import { parse } from 'smol-toml';

import { ROOT, WRANGLER_TOML } from '../support/project.mjs';

const text = (path) => readFileSync(join(ROOT, path), 'utf8').replace(/\s+/g, ' ');
const number = (digits) => Number(digits.replaceAll(',', ''));

test('the README names the oldest Rust that Cargo.toml allows', () => {
  const [, oldest] = /\[Rust\]\(\S+\) \((\S+) or newer\)/.exec(text('README.md'));
  assert.equal(oldest, parse(readFileSync(join(ROOT, 'Cargo.toml'), 'utf8')).workspace.package['rust-version']);
});

test('the README and the guides name the oldest Node that package.json allows', () => {
  const { engines } = JSON.parse(text('package.json'));
  const oldest = engines.node.replace('>=', '');
  for (const document of ['README.md', 'docs/guide/en/who.md', 'docs/guide/en/live.md', 'docs/guide/zh/who.md', 'docs/guide/zh/live.md']) {
    const named = [...text(document).matchAll(/(?:Node|Node\.js\]\(\S+\)) (\d+\.\d+)/g)].map(([, version]) => version);
    assert.ok(named.length > 0, document);
    for (const version of named) assert.equal(version, oldest, document);
  }
});

test('the README of the widget names the size of the code that the style sheet has', () => {
  const [, named] = /another `--wechat-pay-code-size` than (\S+) makes/.exec(text('crates/widget/README.md'));
  const [, used] = /--_size: var\(--wechat-pay-code-size, (\S+)\)/.exec(text('crates/widget/js/wechat-pay.css'));
  assert.equal(named, used);
});

test('the README of the widget names the budgets that the tool keeps', () => {
  const said = /refuses more than 23 KB \(([\d,]+) bytes\) with the heaviest language, and more than ([\d,]+) bytes of fallback/;
  const [, all, fallback] = said.exec(text('crates/widget/README.md'));
  // A test of the tool compares the changelog's table with the tool's own.
  const budget = (what) => number(new RegExp(`\\| ${what} \\| ([\\d,]+) \\|`).exec(text('CHANGELOG.md'))[1]);
  assert.deepEqual([all, fallback].map(number), [budget('widget, all'), budget('no WebAssembly')]);
});

test('the full page of refunds has as many fields as the README of the vectors says', () => {
  const [, said] = /a full page of refunds, (\d+) fields/.exec(text('tests/vectors/README.md'));
  const { messages } = JSON.parse(readFileSync(join(ROOT, 'tests/vectors/messages.json'), 'utf8'));
  const { file } = messages.find(({ file }) => file.startsWith('genuine/8a-'));
  const fields = text(`tests/vectors/${file}`).match(/<(?!xml>)\w+>/g);
  assert.equal(fields.length, Number(said));
});

test('as many requests of the vectors are held to their bytes as the README of wire says', () => {
  const [, said] = /`tests\/protocol\/requests\.rs` \| all (\d+) \|/.exec(text('crates/wire/README.md'));
  const source = text('crates/wire/tests/protocol/requests.rs');
  assert.equal(new Set(source.match(/"genuine\/\w\w"/g)).size, Number(said));
});

test('no secret of the Worker stands in wrangler.toml or in a file of the site', () => {
  const readme = readFileSync(join(ROOT, 'crates/edge/README.md'), 'utf8');
  const secrets = [...readme.matchAll(/^\| `(\w+)` \| \*\*secret\*\*/gm)].map(([, name]) => name);
  assert.ok(secrets.includes('WECHAT_API_KEY') && secrets.includes('ORDER_SECRET'), secrets.join());
  const { vars } = parse(readFileSync(WRANGLER_TOML, 'utf8'));
  assert.deepEqual(secrets.filter((name) => name in vars), []);
  const published = execFileSync('git', ['ls-files', '-z', 'www'], { cwd: ROOT }).toString().split('\0').filter(Boolean);
  assert.ok(published.length > 5, published.join());
  const namedIn = published.filter((file) => secrets.some((name) => readFileSync(join(ROOT, file), 'latin1').includes(name)));
  assert.deepEqual(namedIn, []);
});

test('each name in the list of Firefox is a file of tests/browser, once', () => {
  const lists = JSON.parse(text('tests/browser/firefox.json'));
  assert.deepEqual(Object.keys(lists), ['always', 'rarely']);
  const names = Object.values(lists).flat();
  assert.ok(names.length > 10, names.join());
  assert.deepEqual(names.filter((name, at) => names.indexOf(name) !== at), []);
  for (const name of names) assert.ok(existsSync(join(ROOT, `tests/browser/${name}.test.mjs`)), name);
});

test('each file that ARCHITECTURE.md names is there', () => {
  const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT }).toString().split('\0');
  const there = tracked.filter((file) => file && existsSync(join(ROOT, file))).map((file) => `/${file}`);
  const named = [...text('ARCHITECTURE.md').matchAll(/`([\w./-]+\.(?:rs|js|mjs|md|json|toml))`/g)].map(([, name]) => name);
  assert.ok(named.length > 60, named.join());
  // A crate’s files are named without its “src”.
  const isThere = (name) => there.some((file) => file.endsWith(`/${name}`) || file.replace('/src/', '/').endsWith(`/${name}`));
  assert.deepEqual(named.filter((name) => !isThere(name)), []);
});
