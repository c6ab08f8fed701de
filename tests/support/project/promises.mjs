// Reads the table of promises (`docs/promises.md`) and says what is wrong with it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { blocks, codeSpans, plain, tables, withoutCode } from './markdown.mjs';
import { hasCargoTest, hasNodeTest } from './test-names.mjs';
import { reference } from './test-reference.mjs';

/** The path of the table, from the project's root. */
export const TABLE = 'docs/promises.md';
/** The document that has its own table of what proves each invariant. */
export const INVARIANTS = 'ARCHITECTURE.md';
/** The section for sentences that contain a figure but promise nothing. */
const NO_PROMISES = 'No promises';
const NOT_HERE = 'Cannot be proved here: ';
/** Separates two pieces of one block. */
const LEFT_OUT = ' … ';

/**
 * `{ promises: [{ document, words, proofs, unprovable, line }], without: [{ document, words, why, line }] }`: `proofs` are
 * references as `proof` reads them, `unprovable` is a reason or undefined. Throws when a row cannot be understood.
 */
export function readPromises(markdown) {
  const promises = [];
  const without = [];
  for (const { heading, rows } of tables(markdown)) {
    for (const { cells, line } of rows) {
      if (heading === NO_PROMISES) without.push(noPromise(cells, line));
      else promises.push(promise(heading, cells, line));
    }
  }
  return { promises, without };
}

function promise(document, cells, line) {
  const at = `${TABLE}:${line}`;
  const [words, proved] = cells;
  if (cells.length !== 2 || words === '') throw new Error(`${at}: a row has the words and what proves them`);
  const [named, unprovable] = proved.split(NOT_HERE);
  const proofs = codeSpans(named).map((text) => proof(text, at));
  const besides = withoutCode(named).replaceAll('<br>', '').replace(/[,\s]/g, '');
  if (besides !== '') throw new Error(`${at}: what proves it stands in backticks, and nothing besides: ${besides}`);
  if (proofs.length === 0 && !unprovable) throw new Error(`${at}: there is no proof, and no “${NOT_HERE.trim()}”`);
  return { document, words: plain(words), proofs, unprovable, line };
}

function noPromise(cells, line) {
  const [document, words, why] = cells;
  if (cells.length !== 3 || !words || !why) throw new Error(`${TABLE}:${line}: a row has the document, the words, and why they promise nothing`);
  return { document, words: plain(words), why, line };
}

/** A test, `lint: crate`, or `{ kind: 'command', name }` for a command of xtask. */
export function proof(text, at) {
  if (text.startsWith('cargo xtask ')) return { kind: 'command', where: 'cargo xtask', name: text.slice('cargo xtask '.length) };
  try {
    return reference(text);
  } catch (error) {
    throw new Error(`${at}: ${error.message}`);
  }
}

/** The rows of the table of invariants: `[{ words, proofs, line }]`. Their prose between the proofs is for people. */
export function readInvariants(markdown) {
  const { rows } = tables(markdown).find(({ head }) => head[0] === 'invariant') ?? { rows: [] };
  return rows.map(({ cells: [words, proved], line }) => {
    const at = `${INVARIANTS}:${line}`;
    const proofs = codeSpans(proved).map((text) => proof(text, at));
    if (proofs.length === 0) throw new Error(`${at}: there is no proof`);
    return { words, proofs, line };
  });
}

/** Rows whose words are not in their document. `documents` is name → Markdown. */
export function misquoted({ promises, without }, documents) {
  return [...promises, ...without]
    .filter(({ document, words }) => !documents.has(document) || places(words, blocks(documents.get(document))).length === 0)
    .map(({ document, words, line }) => `${TABLE}:${line}: ${document} does not say: ${words}`);
}

/** Where the words are: `[{ block, from, to }]`. `to` is behind the last character. */
function places(words, all) {
  return all.flatMap((block) => {
    const whole = spans(block.text, [words]);
    const found = whole.length > 0 ? whole : spans(block.text, words.split(LEFT_OUT));
    return found.map(([from, to]) => ({ block, from, to }));
  });
}

/** Where the pieces are, one after the other: `[[from, to]]`. Empty when a piece is missing. */
function spans(text, pieces) {
  const found = [];
  let from = 0;
  for (const piece of pieces) {
    const at = text.indexOf(piece, from);
    if (at < 0) return [];
    from = at + piece.length;
    found.push([at, from]);
  }
  return found;
}

const NUMBER =
  '(?:\\d[\\d,]*(?:\\.\\d+)?|half|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|twenty|thirty|forty|fifty|sixty|ninety|hundred|thousand|dozen)';
const TIME = '(?:ms|µs|s|seconds?|min|minutes?|h|hours?|days?|weeks?|months?|years?)';
const ARTICLE = '(?:an?|each|every|per|half an?)';
const ALONE = '(?:millisecond|minute|hour|day|week|month|year)s?';
const THING =
  '(?:kB|KB|KiB|MB|MiB|GB|bytes?|%|percent|px|pixels?|rem|times|tries|requests?|queries|calls?|languages?|sockets?|rows?|events?|characters?|letters?|digits?|columns?|modules?|messages?|fields?|refunds?|coupons?|payments?|orders?|mutants?|sets|runs?|cores|targets?|changes|cases|trades|encoders?|merchants?|deliveries|members|texts|secrets?|lines|SDKs?|commands?|stages?)';
/** A number with its unit; a word may stand between them, as in “three working days”. */
const FIGURE = new RegExp(
  `(?<![\\w.])(?:${NUMBER}(?:[\\s-]${TIME}|[\\s-]?${THING}|\\s(?!(?:the|of|and|or|to|in|a|an)\\s)[a-z-]+\\s(?:${TIME}|${THING}))|${ARTICLE}\\s${ALONE})(?!\\w)|(?<![\\w.])\\d[\\d,.]*\\s?[%×]`,
  'gu',
);

/** One sentence for each figure of a document that is in no promise and not under “No promises”. */
export function unproved({ promises, without }, document, markdown) {
  const all = blocks(markdown);
  const told = [...promises, ...without].filter((row) => row.document === document).flatMap(({ words }) => places(words, all));
  const isTold = (block, from, to) => told.some((place) => place.block === block && place.from <= from && to <= place.to);
  return all.flatMap((block) =>
    [...withoutTests(block.text).matchAll(FIGURE)]
      .filter(({ index, 0: figure }) => !isTold(block, index, index + figure.length))
      .map(({ index, 0: figure }) => `${document}:${block.line}: “${figure}” has no proof in ${TABLE}: ${sentenceAt(block.text, index)}`),
  );
}

/** The same text with the names of tests blanked out, because a figure in a name promises nothing. */
function withoutTests(text) {
  return text.replace(/`[^`]+: [^`]+`/g, (span) => (isTest(span.slice(1, -1)) ? ' '.repeat(span.length) : span));
}

function isTest(text) {
  try {
    return Boolean(reference(text));
  } catch {
    return false;
  }
}

function sentenceAt(text, at) {
  const before = Math.max(...['. ', '; ', ' | '].map((end) => text.lastIndexOf(end, at))) + 1;
  const after = Math.min(...['. ', '; ', ' | '].map((end) => text.indexOf(end, at)).map((end) => (end < 0 ? text.length : end)));
  return text.slice(Math.max(before, 0), after + 1).trim();
}

/** Why a proof does not exist, or undefined if it exists. `root` is the project's folder. */
export function missing(root, { kind, where, name }) {
  if (kind === 'command') return commands(root).has(name.split(' ')[0]) ? undefined : `\`cargo xtask\` has no command “${name}”`;
  if (kind === 'lint') return undefined;
  const there = kind === 'node' ? hasNodeTest(root, where, name) : hasCargoTest(root, where, name);
  return there ? undefined : `there is no test “${name}” in ${where}`;
}

/** The commands of `cargo xtask`, as its command line names them. */
export function commands(root) {
  const source = readFileSync(join(root, 'crates/xtask/src/cli.rs'), 'utf8');
  const [, variants] = /enum Task \{\n(.*?)^\}/ms.exec(source);
  return new Set([...variants.matchAll(/^ {4}([A-Z]\w*)/gm)].map(([, name]) => name.toLowerCase()));
}
