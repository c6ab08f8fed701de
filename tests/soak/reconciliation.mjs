// The net under everything else, at the end of a soak: WeChat's bills of all its days are compared by the Worker itself.

import { setTimeout as pause } from 'node:timers/promises';

import { DAY_MS, dayOf, HOUR_MS } from '../support/shop/reconciliation.mjs';

const LIMIT_MS = 120_000;

/**
 * Goes on to the day after the last, and compares each day since `sinceMs` of WeChat's clock. All bills together have this many
 * payments. Resolves to sentences about what differs.
 */
export async function reconciled(stage, sinceMs, payments) {
  const wrong = [];
  let listed = 0;
  const last = (await clock(stage)) + HOUR_MS;
  // To the noon (UTC+8) after the last day: then all bills are there.
  await goAhead(stage, DAY_MS + 12 * HOUR_MS);
  for (let at = sinceMs; dayOf(at) <= dayOf(last); at += DAY_MS) {
    const day = dayOf(at);
    const before = (await stage.office.reconciliation(day)).json?.finished_at_ms;
    const { status } = await stage.office.reconcile(day);
    if (status !== 202) wrong.push(`the bill of ${day} cannot be compared: ${status}`);
    const report = await ended(stage, day, before);
    listed += report?.bill_payments ?? 0;
    if (!report) wrong.push(`the bill of ${day} was not compared in time`);
    else if (report.status !== 'agrees') wrong.push(`the bill of ${day}: ${JSON.stringify(report).slice(0, 2_000)}`);
  }
  if (listed !== payments) wrong.push(`${payments} payments, and the bills have ${listed}`);
  return wrong;
}

/** The time at WeChat Pay. */
export async function clock({ simulator }) {
  return (await (await fetch(`${simulator.url}/control/clock`)).json()).now_ms;
}

async function goAhead(stage, ms) {
  for (let left = ms; left > 0; left -= DAY_MS) await stage.simulator.advance(Math.min(left, DAY_MS));
  await stage.tell({ jumpMs: (stage.told?.jumpMs ?? 0) + ms });
}

async function ended(stage, day, before) {
  for (const end = Date.now() + LIMIT_MS; Date.now() < end; await pause(100)) {
    const { status, json } = await stage.office.reconciliation(day);
    if (status === 200 && json.status !== 'running' && json.finished_at_ms !== before) return json;
  }
  return undefined;
}
