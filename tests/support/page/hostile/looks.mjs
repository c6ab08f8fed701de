// Compares the element's looks under switches with its looks on a plain page.

/** At most this many differing lines are reported. */
const MOST_LINES = 6;

/** The first lines that differ, or none. */
export function otherLooks(plain, run) {
  if (!run.expected.looks) return [];
  return Object.entries(plain.looks).flatMap(([state, looks]) => {
    if (!run.looks[state]) return [];
    const [wanted, seen] = [looks, run.looks[state]].map((text) => new Map(text.split('\n').filter(Boolean).map((line) => [line.slice(0, line.indexOf(':')), line])));
    const parts = [...new Set([...wanted.keys(), ...seen.keys()])];
    return parts.filter((part) => !alike(wanted.get(part), seen.get(part))).map((part) => `${state}: ${seen.get(part) ?? `no ${part}`}, not ${wanted.get(part) ?? 'there'}`);
  }).slice(0, MOST_LINES);
}

/** Rounding may move a line by a pixel. */
function alike(one, other) {
  if (one === undefined || other === undefined) return one === other;
  const [a, b] = [one, other].map((line) => line.split(/[ :|]+/));
  return a.length === b.length && a.every((piece, at) => piece === b[at] || (/^-?\d+$/.test(piece) && Math.abs(piece - b[at]) <= 1));
}
