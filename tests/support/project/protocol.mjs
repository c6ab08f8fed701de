// The sections of the protocol reference (`docs/protocol`), and the texts that cite them.
//
// A citation is the name of a document and its sections: `protocol §6.2`, `RFC 9110 §12.4.2`, `ISO/IEC 18004 §7.8`,
// `XML 1.0 §2.11`. More sections of the same document follow after a comma, “and” or “to”: `protocol §6, §11.3`. A citation
// may continue on the next line of a comment. In `docs/protocol` a section sign alone means the protocol. In a file or crate
// whose header says so it means another document: “`§` alone means a section of ISO/IEC 18004”.

import { blocks } from './markdown.mjs';

/** The folder of the reference, from the project's root. */
export const REFERENCE = 'docs/protocol/';

const PROTOCOL = 'protocol';
const SIGN = '\u00a7';
/** Blanks, ends of lines, and the signs that begin a line of a comment. */
const GAP = String.raw`(?:\s|\/\/[/!]?|#|\*(?!\*))+`;
const NUMBER = String.raw`\d+(?:\.\d+)*`;
const SECTION = new RegExp(`^${SIGN}(${NUMBER})`);
/** The text before a section: the document, and perhaps other sections of it. */
const NAMED = new RegExp(
  String.raw`(?<![\w-])(${PROTOCOL}|RFC${GAP}\d+|ISO(?:\/IEC)?${GAP}\d+|XML${GAP}1\.\d)${GAP}(?:${SIGN}${NUMBER}(?:,${GAP}|,?${GAP}and${GAP}|${GAP}to${GAP}))*$`,
  'i',
);
/** A citation is at most this long, from its beginning to its last section. */
const LONGEST = 200;
const ALONE = new RegExp('`' + SIGN + '`' + ` alone means a section of (ISO(?:\\/IEC)? \\d+|RFC \\d+)`);

/** The sections that have a heading: `Map` of number → `[file:line]`. `files` is name → text. */
export function sections(files) {
  const found = new Map();
  for (const [file, text] of files) {
    if (!file.startsWith(REFERENCE)) continue;
    for (const block of blocks(text)) {
      const [, number] = new RegExp(`^#+ ${SIGN}(${NUMBER})(?= |$)`).exec(block.text) ?? [];
      if (number) found.set(number, [...(found.get(number) ?? []), `${file}:${block.line}`]);
    }
  }
  return found;
}

/** One sentence for each section with two headings. */
export function twice(headings) {
  return [...headings].filter(([, places]) => places.length > 1).map(([number, places]) => `${SIGN}${number} is the heading of ${places.join(' and ')}`);
}

/** One sentence for each citation of a section that does not exist, with file and line. `files` is name → text. */
export function leadNowhere(files, headings) {
  return [...files].flatMap(([file, text]) =>
    signs(text).flatMap(({ at, line }) => {
      const why = trouble(files, headings, file, text, at);
      return why ? [`${file}:${line}: ${why}`] : [];
    }),
  );
}

/** The number of citations of the protocol outside the reference. */
export function citations(files) {
  return [...files]
    .filter(([file]) => !file.startsWith(REFERENCE))
    .flatMap(([, text]) => signs(text).filter(({ at }) => documentOf(text, at)?.toLowerCase() === PROTOCOL)).length;
}

function trouble(files, headings, file, text, at) {
  // A section sign alone in backticks is not a citation; the text only speaks about the sign.
  if (text[at - 1] === '`' && text[at + 1] === '`') return undefined;
  const [cited, number] = SECTION.exec(text.slice(at, at + LONGEST)) ?? [];
  if (!number) return `no number follows the ${SIGN}`;
  const document = documentOf(text, at) ?? aloneIn(files, file, text);
  if (!document) return `${cited} of what? Write “${PROTOCOL} ${cited}”, or the number of the RFC or standard before it`;
  if (document.toLowerCase() !== PROTOCOL) return undefined;
  return headings.has(number) ? undefined : `${PROTOCOL} ${cited} has no heading in ${REFERENCE}`;
}

/** The document that the text names before the section at this place. */
function documentOf(text, at) {
  return NAMED.exec(text.slice(Math.max(0, at - LONGEST), at))?.[1];
}

/** What a section sign alone means in this file, as its own header or its crate's header says. */
function aloneIn(files, file, text) {
  if (file.startsWith(REFERENCE)) return PROTOCOL;
  const [crate] = /^crates\/[^/]+\//.exec(file) ?? [];
  return [text, files.get(`${crate}src/lib.rs`) ?? ''].map((each) => ALONE.exec(header(each))?.[1]).find(Boolean);
}

/** The comment at the beginning of a file, as one line. */
function header(text) {
  const [comment] = /^(?:\/\/.*\n)*/.exec(text);
  return comment.replace(/\s*\n?\/\/[/!]?\s?/g, ' ');
}

function signs(text) {
  return [...text.matchAll(new RegExp(SIGN, 'g'))].map(({ index }) => ({ at: index, line: text.slice(0, index).split('\n').length }));
}
