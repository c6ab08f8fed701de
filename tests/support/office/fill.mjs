// A shop with a day behind it: orders in every state, at the running Worker.

import { BackOffice } from '../shop/back-office.mjs';
import { CATALOG } from '../shop/catalog.mjs';
import { until } from '../until.mjs';

/** A picture that would run its handler if a page put it into its markup. It fits wherever WeChat Pay has a limit. */
export const HOSTILE_IMAGE = '<img src=x onerror=hacked=1>';

/** A text that would run in two ways. */
export const HOSTILE = `${HOSTILE_IMAGE}<script>hacked=1</script>`;

/** Orders that were paid on the days before, as rows of the index: the charts have a past. `perDay` at most each day. */
export async function fillPast(worker, { days = 30, perDay = 6, now = Date.now() } = {}) {
  const index = await worker.miniflare.getD1Database('INDEX');
  const row = index.prepare(
    `INSERT INTO orders (out_trade_no, version, state, reason, is_final, description, amount_minor, currency, refunded_minor, placed_at_ms, paid_at_ms, transaction_id, exceptions)
       VALUES (?, 1, ?, ?, 1, ?, ?, 'HKD', ?, ?, ?, ?, '[]')`,
  );
  const rows = [];
  // The same numbers every time: a small generator of Lehmer's.
  let seed = 7;
  const dice = (sides) => (seed = (seed * 48_271) % 2_147_483_647) % sides;
  for (let day = 0; day < days; day += 1) {
    for (let at = 0; at < 1 + dice(perDay); at += 1) {
      const item = CATALOG.items[dice(CATALOG.items.length)];
      const placed = now - day * 86_400_000 - dice(10) * 3_600_000 - dice(3_600_000) - 60_000;
      const isPaid = dice(5) > 0;
      const number = `Hpast${String(day).padStart(3, '0')}${at}${'abcdefgh'[dice(8)]}`;
      const refunded = isPaid && dice(8) === 0 ? item.amount_minor : 0;
      rows.push(row.bind(number, isPaid ? 'paid' : 'closed', isPaid ? null : 'expired', item.name.en, item.amount_minor, refunded, placed, isPaid ? placed + 40_000 : null, isPaid ? `4200002301${number}` : null));
    }
  }
  await index.batch(rows);
}

/** Makes an order at the merchant's own price. Resolves to `{ id, view }` once it can be paid. */
export async function order({ worker }, key, more = {}) {
  const office = new BackOffice(worker);
  const wanted = { amount_minor: 12_345, currency: 'HKD', description: 'Invoice 17', ...more };
  const { status, json } = await office.create(wanted, key);
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(json)}`);
  const view = await until(`${key} can be paid`, async () => {
    const { json: history } = await office.history(json.order.id);
    return history.order.code_url && history.order;
  });
  return { id: json.order.id, view };
}

/** Pays an order, and waits until the list says so. */
export async function paid({ worker, gateway }, { id, view }) {
  await gateway.pay(view.code_url);
  await new BackOffice(worker).listed(id, ({ state }) => state === 'paid');
}
