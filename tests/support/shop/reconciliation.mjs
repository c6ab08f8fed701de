// The reconciliation of a day, driven by a test: clocks go ahead, the cron trigger fires, and the report comes.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';

import { until } from '../until.mjs';
import { misfits } from '../worker/webhook-schema.mjs';

export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;
const UTC8_MS = 8 * HOUR_MS;
/** A time of the day at which the bill of the day before is there. */
export const NOON = 12 * HOUR_MS;
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** `2026-03-01` of a moment, in UTC+8. */
export const dayOf = (atMs) => new Date(atMs + UTC8_MS).toISOString().slice(0, 10);

/** The next moment of this time of the day in UTC+8, after `atMs`. */
export function nextMoment(atMs, timeOfDayMs) {
  const start = atMs + UTC8_MS - ((atMs + UTC8_MS) % DAY_MS) - UTC8_MS;
  const moment = start + timeOfDayMs;
  return moment > atMs ? moment : moment + DAY_MS;
}

/** The clocks of the Worker and the simulator, which go ahead together. */
export class Clocks {
  #aheadMs = 0;

  constructor(stage) {
    this.stage = stage;
  }

  now() {
    return Date.now() + this.#aheadMs;
  }

  async goAhead(ms) {
    this.#aheadMs += ms;
    await this.stage.goAhead(ms);
    for (let left = ms; left > 0; left -= DAY_MS) await this.stage.gateway.advance(Math.min(left, DAY_MS));
  }

  /** Goes to the next moment of this time of the day in UTC+8. */
  async goTo(timeOfDayMs) {
    await this.goAhead(nextMoment(this.now(), timeOfDayMs) - this.now());
  }
}

/** Lets the Worker work on a day until its report is there. The clocks go on when it waits. */
export async function reportOf(stage, clocks, office, day) {
  const worker = await stage.worker.miniflare.getWorker();
  await worker.scheduled({ cron: '*/10 * * * *' });
  return until(
    `the report of ${day}`,
    async () => {
      const { status, json } = await office.reconciliation(day);
      if (status === 200 && json.status !== 'running') return json;
      const waitsMs = (json.next_step_at_ms ?? 0) - clocks.now();
      if (waitsMs > 500) {
        await clocks.goAhead(waitsMs);
        await worker.scheduled({ cron: '*/10 * * * *' });
      }
      throw new Error(`${status} ${JSON.stringify(json)}`);
    },
    { withinMs: 60_000, everyMs: 50 },
  );
}

/** The day ends, and its bill, made with these switches of the simulator, is compared on the next day at noon. */
export async function reportAtNoon(stage, clocks, office, day, switches) {
  await stage.gateway.switch(switches);
  await clocks.goTo(NOON);
  const report = await reportOf(stage, clocks, office, day);
  await stage.gateway.switch({});
  return report;
}

/** What a report says, in short: kind, whose, mended. Sorted. */
export function told({ differences }) {
  return differences.map(({ kind, out_trade_no, out_refund_no, mended }) => [kind, out_refund_no ?? out_trade_no, mended]).sort();
}

/** Fails unless the report has these differences, and no others. */
export function assertTold(report, expected) {
  assert.deepEqual(told(report), expected.toSorted(), JSON.stringify(report, null, 1));
  assert.equal(report.differences_found, expected.length);
  assert.equal(report.status, expected.length === 0 ? 'agrees' : 'differs');
}

/**
 * A receiver of webhooks whose clock does not matter: `received` has `{ id, type, data }` of each that is signed right. Those
 * about reports are answered with the `refusals`, as long as there are some.
 */
export async function startClocklessReceiver() {
  const received = [];
  const refusals = [];
  const wrong = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request)).toString();
    const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = request.headers;
    const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
    const right = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64');
    if (signature !== `v1,${right}`) return response.writeHead(401).end();
    const event = JSON.parse(body);
    const { type, data } = event;
    received.push({ id, type, data });
    wrong.push(...misfits(event).map((why) => `${type}: ${why}`));
    const isOfBooks = type.startsWith('reconciliation.');
    response.writeHead((isOfBooks ? refusals.shift() : undefined) ?? 204).end();
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    received,
    refusals,
    vars: { WEBHOOK_URL: `http://127.0.0.1:${server.address().port}/`, WEBHOOK_SECRET: SECRET },
    ofBooks: () => received.filter(({ type }) => type.startsWith('reconciliation.')),
    async stop() {
      await new Promise((closed) => (server.closeAllConnections(), server.close(closed)));
      assert.deepEqual(wrong, [], 'each webhook is as docs/webhooks/v1.schema.json says');
    },
  };
}
