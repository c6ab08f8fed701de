// The peer's index of all orders, a D1 table.

/** The tables, as a migration would make them. */
export const INDEX_SCHEMA = [
  `CREATE TABLE orders (
    out_trade_no TEXT PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL, description TEXT NOT NULL,
    amount_minor INTEGER NOT NULL, currency TEXT NOT NULL, placed_at_ms INTEGER NOT NULL, paid_at_ms INTEGER,
    transaction_id TEXT) WITHOUT ROWID`,
  'CREATE INDEX orders_by_time ON orders (placed_at_ms DESC)',
  "CREATE INDEX orders_not_paid ON orders (placed_at_ms) WHERE state <> 'paid'",
];
