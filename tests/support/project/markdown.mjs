// Reads the Markdown of this project's documents: the prose block by block, and the tables row by row.
//
// A block is a paragraph, an item of a list, a heading or a row of a table. Fenced code, indented code and HTML comments
// are not prose. A diagram is prose, because people read its words.

const FENCE = /^\s*(```+|~~~+)\s*(\S*)/;
const TABLE_ROW = /^\s*\|(.*)\|\s*$/;
const RULE_OF_TABLE = /^[\s|:-]+$/;
const ITEM = /^\s*(?:[*-]|\d+\.)\s+/;
const HEADING = /^#+\s/;
/** A paragraph of code that is indented by four. */
const INDENTED = /^ {4,}\S/;

/** The prose: `[{ text, line }]`. `plain` has made the `text`; the block begins at `line`, counted from 1. */
export function blocks(markdown) {
  return pieces(markdown).map(({ kind, lines, line }) => ({ text: plain(kind === 'row' ? cells(lines[0]).join(' | ') : lines.join(' ')), line }));
}

/** The tables: `[{ heading, head: [cell], rows: [{ cells: [cell], line }] }]`. `heading` is the last heading of level two. */
export function tables(markdown) {
  const found = [];
  let heading = '';
  let lastLine = -Infinity;
  for (const { kind, lines, line } of pieces(markdown)) {
    const [first] = lines;
    if (kind === 'text' && first.startsWith('## ')) heading = first.slice(3).trim();
    // A line of dashes separates the head and the first row.
    else if (kind === 'row' && line - lastLine <= (found.at(-1)?.rows.length > 0 ? 1 : 2)) found.at(-1).rows.push({ cells: cells(first), line });
    else if (kind === 'row') found.push({ heading, head: cells(first), rows: [] });
    if (kind === 'row') lastLine = line;
  }
  return found;
}

/** Words in the form for comparison: links as their text, white space as one blank, without the signs for bold. */
export function plain(text) {
  return text
    .replace(/<!--.*?-->/gs, '')
    .replace(/<br\s*\/?>/g, ' ')
    .replace(/!?\[([^\][]*)\]\([^()]*(?:\([^()]*\))?[^()]*\)/g, '$1')
    .replaceAll('**', '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** The code spans of a text, with any number of backticks around them. */
export function codeSpans(text) {
  return [...text.matchAll(/(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)/gs)].map(([, , code]) => code.trim());
}

/** A text without its code spans. */
export function withoutCode(text) {
  return text.replace(/(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)/gs, '');
}

function cells(line) {
  const [, inside] = TABLE_ROW.exec(line);
  return inside.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
}

/** `[{ kind: 'text' | 'row', lines, line }]` */
function pieces(markdown) {
  const found = [];
  let fence;
  let open; // the block that the next line may belong to
  const begin = (kind, text, line) => {
    open = { kind, lines: [text], line };
    found.push(open);
  };
  const lines = markdown.replace(/<!--.*?-->/gs, (comment) => comment.replace(/[^\n]/g, '')).split('\n');
  for (const [at, text] of lines.entries()) {
    const [, mark, language] = FENCE.exec(text) ?? [];
    if (fence) {
      if (mark?.startsWith(fence.mark)) fence = undefined;
      else if (fence.language === 'mermaid') begin('text', text, at + 1);
      open = undefined;
    } else if (mark) {
      fence = { mark, language };
      open = undefined;
    } else if (text.trim() === '') {
      open = undefined;
    } else if (TABLE_ROW.test(text)) {
      if (!RULE_OF_TABLE.test(text)) begin('row', text, at + 1);
    } else if (HEADING.test(text)) {
      begin('text', text, at + 1);
      open = undefined;
    } else if (ITEM.test(text) || open?.kind !== 'text') {
      if (!open && INDENTED.test(text) && !ITEM.test(text)) continue;
      begin('text', text.replace(ITEM, ''), at + 1);
    } else {
      open.lines.push(text);
    }
  }
  return found;
}
