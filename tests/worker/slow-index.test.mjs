// An index that is slow or never answers: no payment and no message to the merchant waits for it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';
import { Gate, oddPlatform } from '../support/worker/odd-platform.mjs';
import { startReceiver, WEBHOOK_SECRET } from '../support/worker/webhook-receiver.mjs';

/** Plays with an index behind a gate that is closed. */
async function behindGate(play) {
  const gate = new Gate();
  const receiver = await startReceiver();
  const { serviceBindings } = BACK_OFFICE.platform;
  const stage = await setStage({
    vars: { ...BACK_OFFICE.vars, WEBHOOK_URL: receiver.url, WEBHOOK_SECRET },
    platform: await oddPlatform({ gate: gate.pass, serviceBindings }),
  });
  try {
    await play({ ...stage, gate, receiver, office: new BackOffice(stage.worker) });
  } finally {
    gate.open();
    await stage.stop();
    await receiver.stop();
  }
}

test('while the index is silent the first answer to a page has the code on it, before the index gave anything', () =>
  behindGate(async ({ shop, gate }) => {
    const order = [];
    const placing = shop.place().then((placed) => (order.push('placed'), placed));
    await until('a row waits for the index', () => gate.waiting > 0);
    // Later than the gateway's answer, but earlier than a page stops waiting for its code.
    setTimeout(() => (order.push('the index answers'), gate.open()), 3_000).unref();
    const { status, json } = await placing;
    assert.deepEqual([status, json.order.status], [201, 'awaiting_payment']);
    assert.deepEqual(order, ['placed']);
  }));

test('while the index is silent an order is paid by its notification, and the merchant hears of it', () =>
  behindGate(async ({ shop, gateway, gate, receiver }) => {
    const order = await shop.placePayable();
    await gateway.pay(order.view.code_url);
    assert.equal(await shop.status(order), 'paid');
    await until('the merchant knows', () => receiver.events(order.id).some(({ type }) => type === 'order.paid'));
    assert.equal(gate.passed, 0);
  }));

test('while the index is silent the alarms go on: a payment that nobody told of is found, though no page looks', () =>
  behindGate(async ({ shop, gateway, gate, receiver }) => {
    await gateway.notifications(false);
    const order = await shop.placePayable();
    // The first query, ten seconds after the code, comes before the shopper pays. So only a later one finds the payment.
    // Before it, the page looks for the last time.
    await until('the first question is answered', async () => (await gateway.queriesOf(order.id)) > 0);
    await shop.look(order);
    await gateway.pay(order.view.code_url);
    const paid = () => receiver.events(order.id).some(({ type }) => type === 'order.paid');
    await until('the merchant knows', paid, { withinMs: 40_000 });
    assert.equal(gate.passed, 0);
  }));

test('an index that was silent catches up when it answers, with the newest row', () =>
  behindGate(async ({ shop, gateway, gate, office }) => {
    const order = await shop.placePayable();
    await gateway.pay(order.view.code_url);
    await until('rows wait for the index', () => gate.waiting > 0);
    assert.equal((await office.list()).json.length, 0);
    gate.open();
    await office.listed(order.id, ({ state }) => state === 'paid', { withinMs: 60_000 });
  }));
