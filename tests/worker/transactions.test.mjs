// One step of an order is one transaction: snapshot, events and alarm are stored together or not at all, whichever of them
// fails. Nothing is done for a step that was not stored, and the next step works.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { notification, SUCCESS_REPLY } from '../support/gateway/notification.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { withMortalWorker } from '../support/worker/mortal-worker.mjs';
import { oddPlatform } from '../support/worker/odd-platform.mjs';

/** No step can be written. */
const NO_STEPS = "CREATE TRIGGER no_steps BEFORE INSERT ON snapshot BEGIN SELECT RAISE(ABORT, 'no step can be written'); END";
const STEPS = 'DROP TRIGGER no_steps';

/** The snapshot is written first, with the events. This makes the write after it fail. */
const NO_MESSAGES = `CREATE TABLE message (hash TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, body BLOB NOT NULL);
  CREATE TRIGGER no_messages BEFORE INSERT ON message BEGIN SELECT RAISE(ABORT, 'no message can be written'); END`;
const MESSAGES = 'DROP TRIGGER no_messages';

const REFUND = { out_refund_no: 'R-1', amount_minor: 100 };

async function paidOrder({ gateway, shop, office }) {
  const order = await shop.placePayable();
  await gateway.pay(order.view.code_url);
  await office.listed(order.id, ({ state, settled }) => state === 'paid' && settled);
  return order;
}

/** The event log must be numbered from 1 on, without a gap. */
function isWhole({ events }) {
  assert.deepEqual(events.map(({ seq }) => seq), events.map((_, at) => at + 1));
}

test('a message that cannot be kept takes the snapshot and the events before it and the alarm after it along', () =>
  withMortalWorker(async ({ gateway, start, kill, dead }) => {
    const order = await paidOrder({ gateway, ...(await start()) });
    await kill();
    await dead.change(NO_MESSAGES);
    const before = await dead.steps();

    // Genuine, and less than the order asks: a person must see it, so it is kept.
    const tooLittle = notification(gateway.merchant, { ...asPaidOrder(order.view), totalFee: 1 });
    const second = await start();
    assert.doesNotMatch((await second.shop.notify(tooLittle)).text, /SUCCESS/);
    assert.deepEqual((await second.office.history(order.id)).json.exceptions, [], 'what is shown is what is stored');
    await kill();
    assert.deepEqual(await dead.steps(), before);
    await dead.change(MESSAGES);

    const third = await start();
    assert.equal((await third.shop.notify(tooLittle)).text, SUCCESS_REPLY);
    assert.deepEqual((await third.office.history(order.id)).json.exceptions.map(({ kind }) => kind), ['amount_mismatch']);
    await kill();
    isWhole(await dead.steps());
  }));

test('a payment whose step fails is not acknowledged, and the next delivery of its notification confirms it, once', () =>
  withMortalWorker(async ({ gateway, start, kill, dead }) => {
    const first = await start();
    const order = await first.shop.placePayable();
    await first.office.listed(order.id, ({ state }) => state === 'awaiting_payment');
    await kill();
    await dead.change(NO_STEPS);
    const before = await dead.steps();

    const second = await start();
    await gateway.pay(order.view.code_url);
    assert.equal(gateway.deliveries.at(-1).accepted, false);
    assert.equal(await second.shop.status(order), 'awaiting_payment', 'what is shown is what is stored');
    await kill();
    const { snapshot, events } = await dead.steps();
    assert.deepEqual({ snapshot, events }, { snapshot: before.snapshot, events: before.events });
    await dead.change(STEPS);

    const third = await start();
    await gateway.notifyOf(order.id);
    assert.equal(gateway.deliveries.at(-1).accepted, true);
    assert.equal(await third.shop.status(order), 'paid');
    await gateway.notifyOf(order.id);
    await kill();
    const after = await dead.steps();
    isWhole(after);
    assert.equal(after.events.filter(({ what }) => what.to === 'paid').length, 1);
  }));

test('a long history is written on, and read back, in the order in which it happened', () =>
  withMortalWorker(async ({ gateway, start, kill, dead }) => {
    const { shop, office } = await start();
    const order = await shop.placePayable();
    for (let asked = 1; asked <= 140; asked += 1) await office.query(order.id);
    await gateway.pay(order.view.code_url);
    const { json } = await office.history(order.id);
    assert.ok(json.events.length > 140);
    isWhole(json);
    await kill();
    const stored = await dead.steps();
    isWhole(stored);
    assert.equal(stored.events.length, json.events.length);
    const [{ size }] = await dead.rows('SELECT length(events) AS size FROM snapshot');
    assert.ok(size < 64 * 1_024, `each step writes ${size} bytes of history anew`);
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
