// The four books: WeChat's, the orders', the index, and what the merchant was told. They must agree to the minor unit.

import { patiently } from './patiently.mjs';

/** Requests to orders at a time. */
const AT_ONCE = 16;

/** `{ totals, lost, doubled, wrong }` of all orders. `wrong` has sentences. */
export async function compared(stage, records) {
  const numbers = new Set(records.map(({ id }) => id));
  const trades = new Map((await stage.simulator.orders()).filter(({ out_trade_no }) => numbers.has(out_trade_no)).map((trade) => [trade.out_trade_no, trade]));
  const rows = new Map((await stage.rows('SELECT * FROM orders')).map((row) => [row.out_trade_no, row]));
  const told = toldOf(stage.merchant);
  const totals = { wechat: 0, orders: 0, index: 0, merchant: 0, refundedAtWechat: 0, refundedInIndex: 0 };
  const [lost, doubled, wrong] = [[], [], []];
  const check = async ({ id, isPaid, minor, told: pages }) => {
    const trade = trades.get(id);
    const payments = trade?.payments ?? [];
    const own = await patiently(() => historyOf(stage, id));
    const fitting = own.json.payments.filter(({ fits }) => fits);
    const row = rows.get(id);
    const events = told.get(id) ?? [];
    if ((payments.length > 0) !== isPaid) wrong.push(`${id}: the shopper has paid: ${isPaid}; WeChat has ${payments.length} payments`);
    totals.wechat += payments.length * Number(trade?.amount.minor ?? 0);
    totals.orders += fitting.reduce((sum, { total }) => sum + total.minor, 0);
    if (row?.state === 'paid') totals.index += row.amount_minor;
    totals.merchant += events.reduce((sum, event) => sum + event.minor, 0);
    totals.refundedAtWechat += trade?.refunded_minor ?? 0;
    totals.refundedInIndex += row?.refunded_minor ?? 0;
    const paidIn = [own.json.state === 'paid', row?.state === 'paid', events.length > 0];
    if (isPaid && !paidIn.every(Boolean)) lost.push(`${id}: paid, and in its order ${own.json.state}, in the index ${row?.state}, webhooks ${events.length}`);
    if (!isPaid && paidIn.some(Boolean)) wrong.push(`${id}: unpaid, and in its order ${own.json.state}, in the index ${row?.state}, webhooks ${events.length}`);
    if (fitting.length > 1 || events.length > 1 || payments.length > 1) doubled.push(`${id}: payments ${fitting.length}, webhooks ${events.length}`);
    if (isPaid && fitting[0]?.total.minor !== minor) wrong.push(`${id}: ${minor} ordered, ${fitting[0]?.total.minor} paid`);
    if (isPaid && pages !== undefined && pages !== 1) wrong.push(`${id}: its page was told ${pages} times`);
    if (!isPaid && !['closed', 'failed'].includes(row?.state)) wrong.push(`${id}: unpaid, and in the end ${row?.state}`);
  };
  let next = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (next < records.length) await check(records[next++]);
  }));
  const { wechat, orders, index, merchant, refundedAtWechat, refundedInIndex } = totals;
  if (new Set([wechat, orders, index, merchant]).size !== 1 || refundedAtWechat !== refundedInIndex) wrong.push(`the books differ: ${JSON.stringify(totals)}`);
  if (stage.merchant.forged > 0) wrong.push(`${stage.merchant.forged} webhooks do not verify`);
  if (stage.merchant.strays > 0) wrong.push(`${stage.merchant.strays} requests have followed a redirect`);
  return { totals, lost, doubled, wrong };
}

/** The whole history of an order. Throws what was answered instead: workerd may have no file left to open just now. */
async function historyOf(stage, id) {
  const answer = await stage.office.history(id);
  if (answer.status !== 200) throw new Error(`the history of ${id} was answered with ${answer.status}: ${JSON.stringify(answer.json)}; log: ${stage.worker.log.slice(-3).join('; ')}`);
  return answer;
}

/** The events *paid* of each order, by their ids. */
function toldOf({ events }) {
  const of = new Map();
  for (const { type, number, minor } of events.values()) {
    if (type === 'order.paid') of.set(number, [...(of.get(number) ?? []), { minor }]);
  }
  return of;
}
