// The file `_headers`: that of the shop's own pages, and our rules for our own paths behind it. Pure.
//
// Cloudflare applies every rule that fits and joins values of the same name with commas. So each of our rules first takes
// away what a rule of the shop (`/*`, usually) has set: two policies would both hold, and the back office would not open.

import { Mistake } from './mistake.mjs';

/** Cloudflare reads so many rules, and no further ones. */
const MOST_RULES = 100;
/** The paths that are ours. */
const OURS = /^\/(widget\/wechat-pay|admin\b)/;

/** The rules of this text: `{ path, lines }`, without comments. */
export function rules(text) {
  const found = [];
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('/') || /^https?:\/\//.test(line)) found.push({ path: line, lines: [] });
    else if (found.length > 0) found.at(-1).lines.push(line);
    else throw new Mistake(`site/_headers: “${line}” belongs to no path.`, 'Write the path above its headers, as in /* or /news/*');
  }
  return found;
}

/** The published file. `theirs` is the shop's own text, or nothing; `ours` is the project's. */
export function merged(theirs, ours) {
  const own = rules(ours).filter(({ path }) => OURS.test(path));
  const count = rules(theirs).length + own.length;
  if (count > MOST_RULES) throw new Mistake(`site/_headers has too many rules: with ours there are ${count}, and Cloudflare reads ${MOST_RULES}.`, 'Make fewer of them, with * in their paths.');
  const text = own.map(({ path, lines }) => [path, ...lines.flatMap(replacing).map((line) => `  ${line}`)].join('\n')).join('\n\n');
  const begin = theirs.trim() === '' ? '' : `${theirs.trimEnd()}\n\n`;
  return `${begin}# wechatpay-edge, for its own paths\n${text}\n`;
}

/** The line, and before it one that takes away what a rule before has set. */
const replacing = (line) => (line.startsWith('! ') ? [line] : [`! ${line.split(':')[0].trim()}`, line]);
