// Reads the threat model in SECURITY.md: its tables of who could gain what, and what proves that they cannot.

import { codeSpans, plain, tables } from './markdown.mjs';
import { proof } from './promises.mjs';

/** The document with the threat model. */
export const THREATS = 'SECURITY.md';
/** The last column of its tables. */
const PROVED = 'what proves it';

/** `[{ who, proofs, line }]`: `who` is the first column as it is written. Throws for a row without a proof. */
export function readThreats(markdown) {
  const all = tables(markdown).filter(({ head }) => head.at(-1) === PROVED);
  return all.flatMap(({ rows }) =>
    rows.map(({ cells, line }) => {
      const at = `${THREATS}:${line}`;
      const proofs = codeSpans(cells.at(-1)).map((text) => proof(text, at));
      if (cells.length !== 4 || cells.some((cell) => plain(cell) === '') || proofs.length === 0) {
        throw new Error(`${at}: a row says who, what they could gain, what stops it, and which tests prove it`);
      }
      return { who: cells[0], proofs, line };
    }),
  );
}

/** Every route that the Worker's sources name, as `METHOD /path`. */
export function routesOf(source, below = '') {
  return [...source.matchAll(/^ *\/\/\/ `(GET|POST|OPTIONS) (\/[^`]*)`/gm)].map(([, method, path]) => `${method} ${below}${path}`);
}
