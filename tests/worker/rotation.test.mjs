// A planned change of a key, carried out as docs/guide/en/rotation.md says: which side comes first, and what is made up for in
// between. Storing a secret is here a start of the Worker with other variables, over the same storage. (The change of
// ORDER_SECRET is in changed-configuration.test.mjs, that of OFFER_KEY in offers.test.mjs, that of WEBHOOK_SECRET in
// webhooks.test.mjs; what to do when a secret has leaked is in runbook.test.mjs.)

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SUCCESS_REPLY } from '../support/gateway/notification.mjs';
import { BackOffice, makeKey } from '../support/shop/back-office.mjs';
import { withMortalWorker } from '../support/worker/mortal-worker.mjs';

const NEW_KEY = 'NewKeyOfTheGuides0123456789abcde';

test('WECHAT_API_KEY: what is ordered and paid between the two sides is made up for, and nothing is ordered twice', () =>
  withMortalWorker(async ({ gateway, start, kill }) => {
    const old = gateway.merchant.key;
    await start();
    await kill();
    // The present key is the one before, too. Nothing changes.
    const { shop: before } = await start({ WECHAT_API_KEY_PREVIOUS: old });
    const shown = await before.placePayable();
    // The merchant platform has the new key, and the Worker has not.
    gateway.merchant.key = NEW_KEY;
    const { json } = await before.place();
    assert.equal(json.order.status, 'placing');
    await gateway.pay(shown.view.code_url);
    assert.notEqual(gateway.deliveries.at(-1).reply, SUCCESS_REPLY);
    assert.equal(await before.status(shown), 'awaiting_payment');
    await kill();
    // The second side, within the minute.
    const { shop, office } = await start({ WECHAT_API_KEY: NEW_KEY, WECHAT_API_KEY_PREVIOUS: old });
    const order = { id: json.order.id, token: json.token };
    const view = await shop.becomes('awaiting_payment', order, { withinMs: 45_000 });
    await gateway.pay(view.code_url);
    assert.equal(gateway.deliveries.at(-1).reply, SUCCESS_REPLY);
    assert.equal(await shop.status(order), 'paid');
    await office.query(shown.id);
    await shop.becomes('paid', shown, { withinMs: 30_000 });
    assert.deepEqual([...new Set(await gateway.orderNumbersSeen())].sort(), [shown.id, order.id].sort());
  }));

test('ADMIN_KEYS: a new key opens beside the old one, and the old one opens nothing once its line is gone', () =>
  withMortalWorker(async ({ start, kill }) => {
    const [old, made] = [makeKey('till', 'read'), makeKey('till-2', 'read')];
    const opens = async (worker) => Promise.all([old, made].map(async ({ key }) => (await new BackOffice(worker, key).list()).status));
    const { worker: both } = await start({ ADMIN_KEYS: `${old.line},${made.line}` });
    assert.deepEqual(await opens(both), [200, 200]);
    await kill();
    const { worker: after } = await start({ ADMIN_KEYS: made.line });
    assert.deepEqual(await opens(after), [401, 200]);
  }));
