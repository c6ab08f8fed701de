// One soak: a fresh stage, shoppers under one fault, the end of the fault, and the books.

import { setTimeout as pause } from 'node:timers/promises';

import { compared } from './books.mjs';
import { patiently } from './patiently.mjs';
import { clock, reconciled } from './reconciliation.mjs';
import { shop } from './shoppers.mjs';
import { startStage } from './stage.mjs';

/** The longest that all may take to come right after the fault. */
const RECOVERY_LIMIT_MS = 600_000;
/** One of so many paid orders is refunded in part. */
const REFUND_ONE_IN = 20;
const LOOK_MS = 500;

/**
 * Resolves to the row of this fault: `{ fault, orders, sockets, fates, seconds, kills, recovery, lost, doubled, wrong, totals }`. Times are in milliseconds of this machine; `minutes` of the Worker's clock.
 */
export async function soak(fault, { orders, sockets, seed, speed, expiresMinutes, tell = () => {} }) {
  const stage = await startStage({ speed, expiresMinutes });
  try {
    const began = Date.now();
    const since = await clock(stage);
    await fault.begin(stage);
    const records = await shop(stage, { orders, sockets, seed, atOnce: fault.atOnce, progress: (done) => tell(`${fault.name}: ${done} of ${orders} orders, ${(done / ((Date.now() - began) / 1000)).toFixed(0)} a second`) });
    await fault.end(stage);
    const ended = Date.now();
    tell(`${fault.name}: the fault is over`);
    const paid = records.filter(({ isPaid }) => isPaid);
    const isWhole = await within(RECOVERY_LIMIT_MS, () => allKnow(stage, paid));
    const recovery = { ms: Date.now() - ended, minutes: stage.minutes(Date.now() - ended), isWhole };
    const refunded = await refund(stage, paid.filter((_, at) => at % REFUND_ONE_IN === 0));
    tell(`${fault.name}: all paid orders are known; the others end`);
    await within(RECOVERY_LIMIT_MS, () => allOver(stage, records.length, refunded));
    for (const record of records) record.leave?.();
    const books = await compared(stage, records);
    tell(`${fault.name}: the books are compared; now WeChat’s bills`);
    books.wrong.push(...(await reconciled(stage, since, paid.length)));
    const fates = Object.fromEntries(['notified', 'by query', 'abandoned', 'no code'].map((fate) => [fate, records.filter((record) => record.fate === fate).length]));
    return { fault: fault.name, orders, sockets, fates, seconds: (ended - began) / 1000, kills: stage.kills, recovery, ...books };
  } finally {
    await stage.stop();
  }
}

/** Whether the index and the merchant know of every payment. The orders themselves are asked afterwards, one by one. */
async function allKnow(stage, paid) {
  const told = new Set([...stage.merchant.events.values()].filter(({ type }) => type === 'order.paid').map(({ number }) => number));
  if (!paid.every(({ id }) => told.has(id))) return false;
  const [{ n }] = await stage.rows("SELECT count(*) AS n FROM orders WHERE state = 'paid'");
  if (n < paid.length) return false;
  return paid.every(({ told: pages }) => pages === undefined || pages > 0);
}

/** Whether every order is at its end in the index, and every refund. */
async function allOver(stage, count, refunded) {
  const [{ n }] = await stage.rows("SELECT count(*) AS n FROM orders WHERE state IN ('paid', 'closed', 'failed')");
  const [{ minor }] = await stage.rows('SELECT coalesce(sum(refunded_minor), 0) AS minor FROM orders');
  return n >= count && minor >= refunded;
}

/** Refunds a part of each. Resolves to their sum. */
async function refund(stage, paid) {
  let sum = 0;
  for (const [at, { id, minor }] of paid.entries()) {
    const part = 1 + ((at * 37) % (minor - 1));
    const { status, json } = await patiently(() => stage.office.refund(id, { out_refund_no: 'R1', amount_minor: part }));
    if (status !== 200) throw new Error(`a refund was not taken: ${status} ${JSON.stringify(json)}`);
    sum += part;
  }
  return sum;
}

async function within(limitMs, probe) {
  for (const end = Date.now() + limitMs; Date.now() < end; await pause(LOOK_MS)) {
    if (await probe().catch(() => false)) return true;
  }
  return false;
}
