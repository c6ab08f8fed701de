// Which tests there are, by reading their files: nothing is run. What a name is made of only while a test file runs is
// known here as a pattern, or as a word that stands in the file; that it ran is told by `tests/project/ran.mjs`.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** A call that declares a test, up to what follows its first parenthesis. */
const DECLARED = /(?<![\w.$'`"])(?:test|it)(?:\.(?:only|skip|todo))?\(\s*(?:(['"`])((?:\\.|(?!\1)[^\\])*)\1|[\w$]+\s*,)/gs;
const IN_FIREFOX = /inFirefox\('([\w-]+)'/;

/** Whether a file of Node's tests may have a test of this name; `*` in it stands for anything. */
export function hasNodeTest(root, file, name) {
  const text = readIfThere(join(root, file));
  if (text === undefined) return false;
  const [, same] = IN_FIREFOX.exec(text) ?? [];
  if (same) return hasNodeTest(root, `tests/browser/${same}.test.mjs`, name);
  return [...text.matchAll(DECLARED)].some(([, quote, words]) => {
    if (quote === undefined) return name === '*' || standsIn(text, name);
    if (quote === '`' && words.includes('${')) return mayBe(words, name, text);
    return glob(name).test(words.replace(/\\(.)/g, '$1'));
  });
}

/** A name that the loop around the test takes from a list or a table: it is there as a text or as a key. */
function standsIn(text, name) {
  return [`'${name}'`, `"${name}"`, `\`${name}\``, `${name}:`, `'${name.replaceAll("'", "\\'")}'`].some((form) => text.includes(form));
}

/** A name with places in it that are filled when it runs: what fills the first one stands in the file, too, if it is words. */
function mayBe(template, name, text) {
  if (name.includes('*')) return glob(name).test(template.replace(/\$\{.*?\}/g, '…'));
  const filled = new RegExp(`^${template.split(/\$\{.*?\}/).map(escaped).join('(.+)')}$`).exec(name);
  return filled !== null && filled.slice(1).every((piece) => !/\s/.test(piece) || text.includes(piece));
}

/** All tests of a crate, or of the package `tests`, by their paths as cargo prints them. */
export function cargoTests(root, crate) {
  const folder = crate === 'tests' ? join(root, 'tests') : join(root, 'crates', crate);
  const of = (part) => filesBelow(join(folder, part)).map((file) => ({ file, at: relative(join(folder, part), file) }));
  const sources = [...of('src'), ...of('tests')];
  return new Set(sources.flatMap(({ file, at }) => testsIn(readFileSync(file, 'utf8'), moduleOf(file, at, folder))));
}

/** `object/page.rs` → `['object', 'page']`; a file of `tests/`, or the `main.rs` of a folder there, is a program of its own. */
function moduleOf(file, at, folder) {
  const names = at.replace(/\.rs$/, '').split('/');
  if (['lib', 'main', 'mod'].includes(names.at(-1))) names.pop();
  const isProgram = relative(folder, file).startsWith('tests/');
  return isProgram ? names.slice(1) : names;
}

/** Reads the sources as rustfmt writes them. */
function testsIn(source, module) {
  const found = [];
  const open = []; // modules in this file, each with its indentation
  let isTest = false;
  for (const line of source.split('\n')) {
    const [, indentation, name] = /^(\s*)(?:pub(?:\([\w: ]+\))? )?mod (\w+) \{$/.exec(line) ?? [];
    if (name) open.push({ indentation, name });
    else if (open.length > 0 && line === `${open.at(-1).indentation}}`) open.pop();
    if (/^\s*#\[test\]$/.test(line)) isTest = true;
    const [, test] = /^\s*(?:async )?fn (\w+)/.exec(line) ?? [];
    if (test && isTest) found.push([...module, ...open.map((each) => each.name), test].join('::'));
    if (test) isTest = false;
  }
  return found;
}

/** Whether one of the names is this one; `*` in it stands for anything. */
export function isAmong(names, name) {
  const pattern = glob(name);
  return [...names].some((each) => pattern.test(each));
}

/** The names that `*` and the words around it stand for. */
export function glob(name) {
  return new RegExp(`^${name.split('*').map(escaped).join('.*')}$`, 's');
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.rs'))
    .map((entry) => join(entry.parentPath, entry.name));
}

function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
