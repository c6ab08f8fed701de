// The list of orders out of several answers: each order once, in its newest version. Pure.

/**
 * `newest` is the first page, `older` what was added to it: `{ rows, next }` each. `recent` are the orders placed since `from` that the
 * filter lets through now; if they are all (`isWhole`), an order of that time that is not among them does not belong here any more.
 */
export function joined(newest, older, recent) {
  const all = new Map();
  for (const row of [...older.rows, ...(newest?.rows ?? []), ...(recent?.rows ?? [])]) {
    const known = all.get(row.out_trade_no);
    if (!known || row.version >= known.version) all.set(row.out_trade_no, row);
  }
  if (recent?.isWhole) {
    const fitting = new Set(recent.rows.map(({ out_trade_no: id }) => id));
    for (const { out_trade_no: id, placed_at_ms: at } of [...all.values()]) if (at >= recent.from && !fitting.has(id)) all.delete(id);
  }
  const rows = [...all.values()].sort((one, other) => other.placed_at_ms - one.placed_at_ms || (other.out_trade_no > one.out_trade_no ? 1 : -1));
  return { rows, next: older.rows.length ? older.next : newest?.next };
}
