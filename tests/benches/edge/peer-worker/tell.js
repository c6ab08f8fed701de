// Whom the peer tells of an order: the index, a D1 table of all orders, and the merchant's own system, by a webhook as
// Standard Webhooks has it. Without the binding, or without an address, there is nobody to tell. The tables of the index are
// in index-schema.js.

import { webhookSignature } from 'peer:wire';

const TIME_LIMIT_MS = 15_000;

/** Rows may come late, so an older one changes nothing. */
const WRITE = `INSERT INTO orders
    (out_trade_no, version, state, description, amount_minor, currency, placed_at_ms, paid_at_ms, transaction_id)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
  ON CONFLICT (out_trade_no) DO UPDATE SET version = excluded.version, state = excluded.state,
    paid_at_ms = excluded.paid_at_ms, transaction_id = excluded.transaction_id
  WHERE excluded.version > orders.version`;

export async function writeRow(env, order) {
  if (!env.INDEX) return;
  const { id, version, state, body, total_fee: amount, fee_type: currency, placed_at: placedAt } = order;
  const row = [id, version, state, body, amount, currency, placedAt, order.paid_at, order.transaction_id];
  await env.INDEX.prepare(WRITE).bind(...row).run();
}

export async function sendWebhook(env, order) {
  if (!env.WEBHOOK_URL) return;
  const id = `${order.id}-${order.version}`;
  const seconds = Math.floor(Date.now() / 1000);
  const data = {
    out_trade_no: order.id,
    amount: { minor: order.total_fee, currency: order.fee_type },
    transaction_id: order.transaction_id,
    paid_at: order.time_end,
  };
  const body = JSON.stringify({ type: 'order.paid', timestamp: order.paid_at, data });
  const response = await fetch(env.WEBHOOK_URL, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(seconds),
      'webhook-signature': await webhookSignature(env.WEBHOOK_SECRET, `${id}.${seconds}.${body}`),
    },
    body,
    redirect: 'manual',
    signal: AbortSignal.timeout(TIME_LIMIT_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the receiver answered ${response.status}`);
}
