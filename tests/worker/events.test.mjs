// What happens to orders, in the log: a line of JSON for each event, with the order's number, the outcome and the time. And in
// the metrics of a Worker that has the binding METRICS. A read writes nothing.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { notification } from '../support/gateway/notification.mjs';
import { WORKER_BUILD } from '../support/project.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { onStage, setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';

/** The binding, which Miniflare does not have: each point becomes a line of the log. */
const WITH_METRICS = `
import worker, { OrderObject as Real } from './index.js';
const METRICS = {
  writeDataPoint(point) {
    if (METRICS.fails) throw new Error('no more points');
    console.debug('point ' + JSON.stringify(point));
  },
};
export class OrderObject extends Real {
  constructor(state, env) {
    METRICS.fails = env.FAILING_METRICS === 'yes';
    super(state, { ...env, METRICS });
  }
}
export default worker;
`;

async function withMetrics(vars = {}) {
  const at = (name) => join(WORKER_BUILD, name);
  const modules = [
    { type: 'ESModule', path: at('with-metrics.mjs'), contents: WITH_METRICS },
    { type: 'ESModule', path: at('index.js'), contents: await readFile(at('index.js')) },
    { type: 'CompiledWasm', path: at('index_bg.wasm'), contents: await readFile(at('index_bg.wasm')) },
  ];
  const stage = await setStage({ vars, platform: { modules } });
  const points = () =>
    stage.worker.log.flatMap((line) => /^debug point (.*)$/.exec(line)?.[1] ?? []).map((text) => JSON.parse(text));
  return { ...stage, points };
}

describe('the log', () => {
  const stage = onStage(BACK_OFFICE);
  const of = ({ id }) => stage.worker.events.filter(({ order }) => order === id);
  const names = (order) => of(order).map(({ name, outcome }) => `${name} ${outcome}`.trim());
  const tells = (order, what) => until(`the log tells ${what}`, () => names(order).some((name) => name.startsWith(what)));

  test('has a line for what happens to an order, from its placing to its payment', async () => {
    const order = await stage.shop.placePayable();
    await stage.shop.notify(notification(stage.gateway.merchant, asPaidOrder(order.view)));
    await tells(order, 'state_changed paid');
    const lines = of(order);
    assert.deepEqual(names(order), ['placed', 'state_changed awaiting_payment', 'state_changed paid']);
    assert.deepEqual(lines.map(({ by }) => by), [undefined, 'call_ended', 'notified'], 'what changed it');
    for (const { level, age_ms, event } of lines) {
      assert.equal(level, 'log');
      assert.ok(age_ms >= 0 && age_ms < 60_000, `${age_ms}`);
      assert.ok(event.seq >= 1 && Math.abs(event.at_ms - Date.now()) < 60_000 && event.who, JSON.stringify(event));
    }
    assert.deepEqual(lines.map(({ event }) => event.seq), lines.map(({ event }) => event.seq).toSorted((a, b) => a - b));
    const { events } = (await new BackOffice(stage.worker).history(order.id)).json;
    // The history says each time for people, too.
    const row = ({ seq }) => {
      const { at, ...event } = events.find((each) => each.seq === seq);
      assert.equal(Date.parse(at), event.at_ms);
      return event;
    };
    for (const { event } of lines) assert.deepEqual(event, row(event), 'the event log’s own row');
  });

  test('has no line for a read', async () => {
    const order = await stage.shop.placePayable();
    await tells(order, 'state_changed awaiting_payment');
    const before = of(order).length;
    for (let times = 0; times < 5; times += 1) await stage.shop.look(order);
    await stage.shop.place(undefined, {});
    const queries = of(order).slice(before).filter(({ name }) => name !== 'call_ended');
    assert.deepEqual(queries, []);
  });

  test('warns of what a person must look at', async () => {
    const order = await stage.shop.placePayable();
    for (let times = 0; times < 2; times += 1) {
      await stage.shop.notify(notification(stage.gateway.merchant, asPaidOrder(order.view)));
    }
    await tells(order, 'exception_raised paid_twice');
    const raised = of(order).find(({ name }) => name === 'exception_raised');
    assert.equal(raised.level, 'warn');
    assert.match(raised.event.what.transaction_id, /^\d{28}$/);
  });

  test('tells a payment under a number without an order', async () => {
    const outTradeNo = 'HK20260301A0009';
    await stage.shop.notify(notification(stage.gateway.merchant, { outTradeNo, totalFee: 100, feeType: 'HKD' }));
    await tells({ id: outTradeNo }, 'exception_raised unknown_order');
  });
});

test('each event is a point of the metrics, with its name, its outcome and its time', async () => {
  const stage = await withMetrics();
  try {
    const order = await stage.shop.placePayable();
    await stage.shop.notify(notification(stage.gateway.merchant, asPaidOrder(order.view)));
    const paid = await until('the payment is counted', () => stage.points().find(({ blobs }) => blobs[0] === 'state_changed' && blobs[1] === 'paid'));
    assert.deepEqual(paid.indexes, ['state_changed']);
    assert.equal(paid.doubles.length, 1);
    assert.ok(paid.doubles[0] >= 0 && paid.doubles[0] < 60_000);
    const each = ['placed', 'call_ended', 'state_changed', 'state_changed', 'notified'];
    assert.deepEqual(stage.points().map(({ blobs }) => blobs[0]), each, 'what has no line of its own, too');
    assert.ok(!JSON.stringify(stage.points()).includes(order.id), 'a count is about no order');
  } finally {
    await stage.stop();
  }
});

test('metrics that take no points cost no payment', async () => {
  const stage = await withMetrics({ FAILING_METRICS: 'yes' });
  try {
    const order = await stage.shop.placePayable();
    await stage.shop.notify(notification(stage.gateway.merchant, asPaidOrder(order.view)));
    assert.equal(await stage.shop.status(order), 'paid');
    assert.deepEqual(stage.points(), []);
  } finally {
    await stage.stop();
  }
});
