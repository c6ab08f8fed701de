// One step of an order is one transaction: snapshot, events and alarm are stored together or not at all, whichever of them
// fails. Nothing is done for a step that was not stored, and the next step works.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withMortalWorker } from '../support/worker/mortal-worker.mjs';
import { oddPlatform } from '../support/worker/odd-platform.mjs';

/** The snapshot is written first. This makes the write after it fail. */
const NO_EVENTS = "CREATE TRIGGER no_events BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'no event can be written'); END";
const EVENTS = 'DROP TRIGGER no_events';

const REFUND = { out_refund_no: 'R-1', amount_minor: 100 };

async function paidOrder({ gateway, shop, office }) {
  const order = await shop.placePayable();
  await gateway.pay(order.view.code_url);
  await office.listed(order.id, ({ state }) => state === 'paid');
  return order;
}

/** The event log must be numbered from 1 on, without a gap. */
function isWhole({ events }) {
  // A row has all events of a step, and the number of the first.
  const numbers = events.flatMap(({ seq, json }) => JSON.parse(json).map((event, at) => [event.seq, Number(seq) + at]));
  assert.deepEqual(numbers, numbers.map((_, at) => [at + 1, at + 1]));
}

test('an event that cannot be written takes the snapshot before it and the alarm after it along', () =>
  withMortalWorker(async ({ gateway, start, kill, dead }) => {
    const order = await paidOrder({ gateway, ...(await start()) });
    await kill();
    await dead.change(NO_EVENTS);
    const before = await dead.steps();
    const calls = gateway.calls.length;

    const second = await start();
    const { status, json } = await second.office.refund(order.id, REFUND);
    assert.deepEqual([status, json.code], [500, 'internal']);
    assert.deepEqual((await second.office.history(order.id)).json.refunds, [], 'what is shown is what is stored');
    await kill();
    assert.deepEqual(await dead.steps(), before);
    assert.equal(gateway.calls.length, calls, 'nothing was sent for a step that was not stored');
    await dead.change(EVENTS);

    const third = await start();
    assert.equal((await third.office.refund(order.id, REFUND)).status, 200);
    assert.equal((await third.office.history(order.id)).json.refunds.length, 1);
    await kill();
    isWhole(await dead.steps());
  }));

test('a payment whose step fails is not acknowledged, and the next delivery of its notification confirms it, once', () =>
  withMortalWorker(async ({ gateway, start, kill, dead }) => {
    const first = await start();
    const order = await first.shop.placePayable();
    await first.office.listed(order.id, ({ state }) => state === 'awaiting_payment');
    await kill();
    await dead.change(NO_EVENTS);
    const before = await dead.steps();

    const second = await start();
    await gateway.pay(order.view.code_url);
    assert.equal(gateway.deliveries.at(-1).accepted, false);
    assert.equal(await second.shop.status(order), 'awaiting_payment', 'what is shown is what is stored');
    await kill();
    const { snapshot, events } = await dead.steps();
    assert.deepEqual({ snapshot, events }, { snapshot: before.snapshot, events: before.events });
    await dead.change(EVENTS);

    const third = await start();
    await gateway.notifyOf(order.id);
    assert.equal(gateway.deliveries.at(-1).accepted, true);
    assert.equal(await third.shop.status(order), 'paid');
    await gateway.notifyOf(order.id);
    await kill();
    const after = await dead.steps();
    isWhole(after);
    assert.equal(after.events.flatMap(({ json }) => JSON.parse(json)).filter(({ what }) => what.to === 'paid').length, 1);
  }));

test('an order whose alarm cannot be set is not placed at all, and the same key places it later', () =>
  withMortalWorker(async ({ gateway, start, kill, dead }) => {
    const key = 'a-key-of-one-order-without-alarm';
    const first = await start({ MAX_ALARMS: 0 }, await oddPlatform());
    const { status, json } = await first.shop.place(undefined, { key });
    assert.deepEqual([status, json.code], [500, 'internal']);
    assert.equal(gateway.calls.length, 0, 'nothing was sent for a step that was not stored');
    await kill();
    assert.deepEqual(await dead.rows("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf\\_%' ESCAPE '\\'"), []);

    const { shop } = await start();
    assert.equal((await shop.place(undefined, { key })).json.order.status, 'awaiting_payment');
    assert.equal((await gateway.orderNumbersSeen()).length, 1);
    await kill();
    isWhole(await dead.steps());
  }));

test('a step whose alarm cannot be set leaves snapshot, events and the alarm before it as they were', () =>
  withMortalWorker(async ({ gateway, start, kill, dead }) => {
    const order = await paidOrder({ gateway, ...(await start()) });
    await kill();
    const before = await dead.steps();
    const calls = gateway.calls.length;

    // The alarm of the restart can be set. The alarm of the refund cannot.
    const second = await start({ MAX_ALARMS: 1 }, await oddPlatform());
    assert.equal((await second.office.refund(order.id, REFUND)).status, 500);
    await kill();
    assert.deepEqual(await dead.steps(), before);
    assert.equal(gateway.calls.length, calls, 'nothing was sent for a step that was not stored');

    const third = await start();
    assert.equal((await third.office.refund(order.id, REFUND)).status, 200);
    await kill();
    isWhole(await dead.steps());
  }));
