// Reads the guides for merchants (docs/guide) and what any Markdown document links to.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../project.mjs';
import { plain } from './markdown.mjs';

export const LANGUAGES = ['en', 'zh'];
const FOLDER = join(ROOT, 'docs', 'guide');

/** The names of the guides in this language. */
export const guides = (language) => readdirSync(join(FOLDER, language)).sort();

/** The text of a guide. */
export const guide = (language, name) => readFileSync(join(FOLDER, language, name), 'utf8');

/** What stands above a block of commands, and says who runs it. */
const MARK = /^<!-- (run|needs an account): (.+) -->$/;

/**
 * The fenced code of a document: `[{ language, info, code, line, mark }]`. `mark` is `{ how, what }` where the line above has one:
 * `how` is `run` or `needs an account`.
 */
export function codeBlocks(markdown) {
  const found = [];
  const lines = markdown.split('\n');
  let open;
  for (const [at, line] of lines.entries()) {
    const [, indent, fence, info] = /^(\s*)(```+)(.*)$/.exec(line) ?? [];
    if (open && fence === open.fence) {
      found.push({ ...open.block, code: `${open.lines.join('\n')}\n` });
      open = undefined;
    } else if (open) {
      open.lines.push(line.slice(open.indent));
    } else if (fence) {
      const [, how, what] = MARK.exec(lines[at - 1] ?? '') ?? [];
      const block = { language: info.split(' ')[0], info, line: at + 1, mark: how && { how, what } };
      open = { fence, indent: indent.length, lines: [], block };
    }
  }
  return found;
}

/** The commands of a block, each as it is typed: without `$ `, and with the lines that belong to it. */
export function commands(code) {
  return code
    .split(/^\$ /m)
    .map((each) => each.trim())
    .filter(Boolean);
}

/** The document without its code blocks and comments. */
export function prose(markdown) {
  return markdown.replace(/^\s*(```+)[^\n]*\n.*?^\s*\1$/gms, '').replace(/<!--.*?-->/gs, '');
}

/** The headings: `[{ level, text }]`. */
export function headings(markdown) {
  return [...prose(markdown).matchAll(/^(#+) (.+)$/gm)].map(([, marks, text]) => ({ level: marks.length, text }));
}

/** The anchors that GitHub gives to the headings. */
export function anchors(markdown) {
  const seen = new Map();
  return headings(markdown).map(({ text }) => {
    const slug = plain(text).toLowerCase().replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '').replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times ? `${slug}-${times}` : slug;
  });
}

/** Where the links lead: `[{ path, anchor }]`, for links inside the project, and `[{ url }]` for the others. */
export function links(markdown) {
  const text = prose(markdown).replace(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/gs, '');
  return [...text.matchAll(/\]\(([^()\s]+(?:\([^()]*\))?)\)/g)].map(([, target]) => {
    if (/^[a-z]+:/.test(target)) return { url: target };
    const [path, anchor] = target.split('#');
    return { path, anchor: anchor === undefined ? undefined : decodeURIComponent(anchor) };
  });
}

/** The sections of a document, each with the heading and what is below it. */
export function sections(markdown) {
  return prose(markdown).split(/^(?=#+ )/m).filter((each) => each.trim());
}

/** The shapes of the tables: `[[columns of each row]]`. */
export function tableShapes(markdown) {
  const rows = prose(markdown).split('\n');
  const shapes = [];
  for (const [at, row] of rows.entries()) {
    if (!/^\s*\|/.test(row)) continue;
    if (!/^\s*\|/.test(rows[at - 1] ?? '')) shapes.push([]);
    shapes.at(-1).push(row.split(/(?<!\\)\|/).length - 2);
  }
  return shapes;
}
