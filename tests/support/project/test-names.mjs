// Finds out which tests exist by reading their files, without running them. If a test file makes a name while it runs, this
// file knows it only as a pattern, or as a word in the file. Whether the test ran is checked by `tests/project/ran.mjs`.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import { escaped } from './test-reference.mjs';

/** The argument of a function that declares tests: a text in quotes, or something that is made elsewhere. */
const FIRST = String.raw`\(\s*(?:(['"\x60])((?:\\.|(?!\1)[^\\])*)\1|[\w$]+\s*,)`;
/** Another name that a file gives to `test` when it declares tests only under a condition. */
const ALIAS = /const (\w+) = [^;\n]* \? test : /g;
const IMPORTED = /from '(\.[^']+)'/g;
/** Tests that are declared once per sample message have their names from here. */
const SAMPLES = 'tests/vectors/messages.json';

/** Whether a file of Node's tests may have a test of this name. `*` in the name stands for anything. */
export function hasNodeTest(root, file, name) {
  const text = readIfThere(join(root, file));
  if (text === undefined) return false;
  return declarations(text).some(([, quote, words]) => {
    if (quote === undefined) return name.includes('*') || standsIn(text, name);
    if (quote === '`' && words.includes('${')) return mayBe(words, name, () => sources(root, file, text));
    return glob(name).test(words.replace(/\\(.)/g, '$1'));
  });
}

/** Calls that declare a test, up to what follows the first parenthesis. */
function declarations(text) {
  const functions = ['test', 'it', ...[...text.matchAll(ALIAS)].map(([, alias]) => alias)].join('|');
  return [...text.matchAll(new RegExp(String.raw`(?<![\w.$'"\x60])(?:${functions})(?:\.(?:only|skip|todo))?` + FIRST, 'gs'))];
}

/** Whether the loop around a test takes the name from a list or a table: then the name is there as a text or as a key. */
function standsIn(text, name) {
  return [`'${name}'`, `"${name}"`, `\`${name}\``, `${name}:`, `'${name.replaceAll("'", "\\'")}'`].some((form) => text.includes(form));
}

/** The texts that names are made from: the file, the files of this project that it imports, and the samples. */
function sources(root, file, text) {
  const imported = [...text.matchAll(IMPORTED)].map(([, from]) => join(root, dirname(file), from));
  return [text, ...[...imported, join(root, SAMPLES)].map((path) => readIfThere(path) ?? '')].join('\n');
}

/** Whether a template with places fits a name. If words fill a place, the words must be in the sources. */
function mayBe(template, name, sources) {
  const pieces = template.split(PLACE);
  if (name.includes('*')) return meet(pieces.join('*'), name);
  const filled = new RegExp(`^${pieces.map(escaped).join('(.+)')}$`, 's').exec(name);
  return filled !== null && filled.slice(1).every((piece) => !piece.includes(' ') || sources().includes(piece));
}

/** A place in a template. It may contain one level of braces. */
const PLACE = /\$\{(?:[^{}]|\{[^{}]*\})*\}/;

/** Whether there is a text that fits both of these. `*` stands for anything. */
function meet(one, other, seen = new Map()) {
  const key = `${one.length} ${other.length}`;
  if (!seen.has(key)) {
    const skip = (first, second) => first[0] === '*' && (meet(first.slice(1), second, seen) || (second !== '' && meet(first, second.slice(1), seen)));
    const step = () => one !== '' && one[0] === other[0] && meet(one.slice(1), other.slice(1), seen);
    seen.set(key, (one === '' && other === '') || skip(one, other) || skip(other, one) || step());
  }
  return seen.get(key);
}

/** Whether a crate has a test of this path, as cargo prints it. `*` in the path stands for anything. */
export function hasCargoTest(root, crate, name) {
  const [, document] = /^(\S+\.rs) - /.exec(name) ?? [];
  if (document) return /\/\/[/!] ```/.test(readIfThere(join(root, document)) ?? '');
  const key = `${root} ${crate}`;
  if (!known.has(key)) known.set(key, cargoTests(root, crate));
  return [...known.get(key)].some((each) => glob(name).test(each));
}

const known = new Map();

/** All tests of a crate, or of the package `tests`, by their paths as cargo prints them. */
export function cargoTests(root, crate) {
  const folder = join(root, 'crates', crate);
  const of = (part) => filesBelow(join(folder, part)).map((file) => ({ file, at: relative(join(folder, part), file) }));
  const sources = [...of('src'), ...of('tests')];
  return new Set(sources.flatMap(({ file, at }) => testsIn(readFileSync(file, 'utf8'), moduleOf(file, at, folder))));
}

/** `object/page.rs` → `['object', 'page']`. A file of `tests/`, or the `main.rs` of a folder there, is a separate program. */
function moduleOf(file, at, folder) {
  const names = at.replace(/\.rs$/, '').split('/');
  if (['lib', 'main', 'mod'].includes(names.at(-1))) names.pop();
  const isProgram = relative(folder, file).startsWith('tests/');
  return isProgram ? names.slice(1) : names;
}

/** Reads sources in the form that rustfmt gives them. */
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

/** A pattern for names: `*` in it stands for anything. */
export function glob(name) {
  return new RegExp(`^${name.split('*').map(escaped).join('.*')}$`, 's');
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
