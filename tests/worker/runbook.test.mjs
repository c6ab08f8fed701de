// The procedures of docs/operations.md, carried out on the Worker in workerd: what the page promises about each is seen to
// happen. Storing a secret is here a start of the Worker with other variables, over the same storage.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { Webhook } from 'standardwebhooks';

import { SUCCESS_REPLY, notification } from '../support/gateway/notification.mjs';
import { SIGNERS, startGatewayV3 } from '../support/gateway/gateway-v3.mjs';
import { ROOT } from '../support/project.mjs';
import { BackOffice, makeKey } from '../support/shop/back-office.mjs';
import { anOffer } from '../support/shop/offer.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { until } from '../support/until.mjs';
import { withMortalWorker } from '../support/worker/mortal-worker.mjs';
import { WEBHOOK_SECRET, startReceiver } from '../support/worker/webhook-receiver.mjs';

const GOODS_OFFERED = { sku: 'tea-gift-set', name: 'Oolong gift set', amount: 8800, currency: 'HKD' };
const NEW_KEY = 'NewKeyOfTheRunbook0123456789abcd';
const page = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');

describe('a secret has leaked', () => {
  test('WECHAT_API_KEY: what the thief signs pays nothing, and no payment is lost', () =>
    withMortalWorker(async ({ gateway, start, kill }) => {
      const first = await start();
      const [robbed, paid, late] = await Promise.all([1, 2, 3].map(() => first.shop.placePayable()));
      const leaked = { ...gateway.merchant };
      await kill();
      // The merchant platform, and then `secret put`. The old key is not the one before.
      gateway.merchant.key = NEW_KEY;
      const { shop } = await start({ WECHAT_API_KEY: NEW_KEY });

      const forged = await shop.notify(notification(leaked, asPaidOrder(robbed.view)));
      assert.match(forged.text, /FAIL/);
      await gateway.pay(paid.view.code_url);
      assert.equal(gateway.deliveries.at(-1).reply, SUCCESS_REPLY);
      assert.equal(await shop.status(paid), 'paid');
      // This notification was on its way when the key was changed.
      await gateway.notifications(false);
      await gateway.pay(late.view.code_url);
      await shop.notify(notification(leaked, asPaidOrder(late.view)));
      await shop.becomes('paid', late);
      assert.equal(await shop.status(robbed), 'awaiting_payment');
    }));

  test('WECHAT_API_V3_KEY: what the thief seals pays nothing, and no payment is lost', () =>
    withMortalWorker(async ({ gateway, start, kill }) => {
      const first = await start();
      const [robbed, paid, late] = await Promise.all([1, 2, 3].map(() => first.shop.placePayable()));
      const leaked = gateway.apiV3Key;
      await kill();
      gateway.apiV3Key = NEW_KEY;
      const { shop, office } = await start({ WECHAT_API_V3_KEY: NEW_KEY });

      const [thief] = Object.values(SIGNERS).filter(({ serial }) => serial !== gateway.signer.serial);
      const forged = await gateway.notifyOf(robbed.id, { key: leaked, signer: { ...thief, serial: gateway.signer.serial } });
      assert.notEqual(forged.status, 200);
      gateway.pay(paid.view.code_url);
      assert.equal((await gateway.notifyOf(paid.id)).status, 200);
      assert.equal(await shop.status(paid), 'paid');
      // This notification was on its way when the key was changed.
      gateway.pay(late.view.code_url);
      assert.notEqual((await gateway.notifyOf(late.id, { key: leaked })).status, 200);
      await office.query(late.id);
      await shop.becomes('paid', late, { withinMs: 30_000 });
      assert.equal(await shop.status(robbed), 'awaiting_payment');
    }, { startsGateway: startGatewayV3 }));

  test('WECHAT_MCH_PRIVATE_KEY: the old key is used no more, and an order that was placed before is found paid', () =>
    withMortalWorker(async ({ gateway, start, kill }) => {
      const order = await (await start()).shop.placePayable();
      await kill();
      const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const serial = 'A0B1C2D3E4F5061728394A5B6C7D8E9FA0B1C2D3';
      gateway.account = { serial, publicKey: publicKey.export({ type: 'spki', format: 'pem' }) };
      const WECHAT_MCH_PRIVATE_KEY = privateKey.export({ type: 'pkcs8', format: 'pem' });
      const { shop, office } = await start({ WECHAT_MCH_PRIVATE_KEY, WECHAT_MCH_CERT_SERIAL: serial });
      gateway.pay(order.view.code_url);
      await office.query(order.id);
      await shop.becomes('paid', order, { withinMs: 30_000 });
      assert.match(gateway.callsOf('query').at(-1).headers.authorization, new RegExp(`serial_no="${serial}"`));
    }, { startsGateway: startGatewayV3 }));

  test('ORDER_SECRET: the thief’s tokens open nothing, and an order that was placed before is still paid', () =>
    withMortalWorker(async ({ gateway, start, kill }) => {
      const { shop: before } = await start();
      const order = await before.placePayable();
      await kill();
      const { shop, office } = await start({ ORDER_SECRET: 'the order secret after the leak, made anew' });
      assert.equal((await shop.look(order)).status, 404);
      assert.equal((await shop.cancel(order)).status, 404);
      await gateway.pay(order.view.code_url);
      assert.equal(gateway.deliveries.at(-1).reply, SUCCESS_REPLY);
      assert.equal((await office.history(order.id)).json.state, 'paid');
    }));

  test('OFFER_KEY: old offers are refused, new ones are sold, and what was sold is in the list with its price', () =>
    withMortalWorker(async ({ gateway, start, kill }) => {
      const leaked = 'the key of the offers that has leaked';
      const { shop: before } = await start({ OFFER_KEY: leaked });
      const cheap = await anOffer({ ...GOODS_OFFERED, amount: 1 }, '1h', leaked);
      const robbed = await before.placePayable({ offer: cheap, quantity: 1 });
      await kill();
      const fresh = 'the key of the offers after the leak';
      const { shop, office } = await start({ OFFER_KEY: fresh });
      const refused = await shop.place({ offer: cheap, quantity: 1 });
      assert.deepEqual([refused.status, refused.json.code], [422, 'invalid_offer']);
      await shop.placePayable({ offer: await anOffer(GOODS_OFFERED, '1h', fresh), quantity: 1 });
      await gateway.pay(robbed.view.code_url);
      const row = await office.listed(robbed.id, ({ state }) => state === 'paid');
      assert.equal(row.amount_minor, 1, 'the price that the merchant never made');
    }));

  test('WEBHOOK_SECRET: from then on only the new one signs, and what was refused in between is sent again', () =>
    withMortalWorker(async ({ gateway, start, kill }) => {
      const receiver = await startReceiver();
      try {
        const WEBHOOK_URL = receiver.url;
        const leaked = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
        const { shop } = await start({ WEBHOOK_URL, WEBHOOK_SECRET: leaked });
        const order = await shop.placePayable();
        // The receiver knows only the new one already.
        await gateway.pay(order.view.code_url);
        await until('it is refused', () => receiver.received.some(({ forged }) => forged));
        await kill();
        await start({ WEBHOOK_URL, WEBHOOK_SECRET });
        await until('it is sent again', () => receiver.events(order.id).length === 1, { withinMs: 45_000 });
        const [{ body, headers }] = receiver.deliveries(order.id);
        assert.throws(() => new Webhook(leaked).verify(body, headers));
      } finally {
        await receiver.stop();
      }
    }));

  test('ADMIN_TOKEN: the old one opens nothing, and a refund that the thief asked for is in the log', () =>
    withMortalWorker(async ({ gateway, start, kill }) => {
      const { shop, office: thief, worker } = await start();
      const order = await shop.placePayable();
      await gateway.pay(order.view.code_url);
      await thief.refund(order.id, { out_refund_no: 'of-the-thief', amount_minor: 1 });
      await until('the log tells', () => worker.events.some(({ order: id, name }) => id === order.id && name === 'refund_requested'));
      await kill();
      const ADMIN_TOKEN = 'the admin token after the leak, made anew';
      const { worker: after } = await start({ ADMIN_TOKEN });
      const office = new BackOffice(after, ADMIN_TOKEN);
      assert.equal((await new BackOffice(after).list()).status, 401);
      const { refunds } = (await office.history(order.id)).json;
      assert.deepEqual(refunds.map(({ out_refund_no }) => out_refund_no), ['of-the-thief']);
      // The second gateway knows no refunds, so none was accepted.
      const withdrawn = await office.withdrawRefund(order.id, 'of-the-thief');
      assert.deepEqual([withdrawn.status, withdrawn.json.refunds[0].status], [200, 'withdrawn']);
    }));

  test('ADMIN_KEYS: the old key opens nothing, and the audit log says what it has changed', () =>
    withMortalWorker(async ({ start, kill }) => {
      const [old, other, made] = ['till', 'books', 'till'].map((name) => makeKey(name, 'read+write'));
      const { shop, worker } = await start({ ADMIN_KEYS: `${old.line},${other.line}` });
      const order = await shop.placePayable();
      assert.equal((await new BackOffice(worker, old.key).cancel(order.id)).status, 200);
      await kill();
      const { worker: after } = await start({ ADMIN_KEYS: `${made.line},${other.line}` });
      assert.equal((await new BackOffice(after, old.key).list()).status, 401);
      assert.equal((await new BackOffice(after, made.key).list()).status, 200);
      const { audit } = (await new BackOffice(after, other.key).audit()).json;
      assert.deepEqual(audit.map(({ key, action, out_trade_no }) => [key, action, out_trade_no]), [['till', 'cancel', order.id]]);
    }));
});

test('notifications stop: the notify route answers as the page says, and an order is found by a query at once', () =>
  withMortalWorker(async ({ gateway, start }) => {
    const { shop, office, worker } = await start();
    await gateway.notifications(false);
    const order = await shop.placePayable();
    await gateway.pay(order.view.code_url);
    const [, body] = /notify\/wechat" -H 'Content-Type: text\/xml' -d '([^']*)'/.exec(page);
    const { status, type, text } = await shop.notify(body);
    assert.deepEqual([status, type.split(';')[0]], [200, 'text/xml']);
    assert.match(text, /<return_code><!\[CDATA\[FAIL\]\]>/);
    assert.ok((await office.query(order.id)).status < 300);
    await until('it is paid', async () => (await office.history(order.id)).json.state === 'paid', { withinMs: 15_000 });
    const paid = worker.events.find(({ order: id, outcome }) => id === order.id && outcome === 'paid');
    assert.equal(paid.by, 'call_ended', 'the signal that the page names');
  }));

test('WeChat Pay is down: the order waits as placing, another host takes it under the same number', () =>
  withMortalWorker(async ({ gateway, start, kill }) => {
    const down = 'http://127.0.0.1:9';
    const { shop: before } = await start({ WECHAT_GATEWAY: down });
    const key = 'a-key-that-lives-through-an-outage';
    const { json } = await before.place(undefined, { key });
    assert.equal(json.order.status, 'placing');
    assert.deepEqual(await gateway.orderNumbersSeen(), []);
    await kill();
    const { shop } = await start({ WECHAT_GATEWAY: `${gateway.url},${down}` });
    const again = await shop.place(undefined, { key });
    assert.deepEqual([again.status, again.json.order.id], [200, json.order.id]);
    const view = await shop.becomes('awaiting_payment', { id: json.order.id, token: json.token }, { withinMs: 45_000 });
    await gateway.pay(view.code_url);
    assert.equal(await shop.status({ id: json.order.id, token: json.token }), 'paid');
    assert.deepEqual([...new Set(await gateway.orderNumbersSeen())], [json.order.id]);
  }));

test('the index is lost: payments go on, the tables are made again, and an order that changes is listed again', () =>
  withMortalWorker(async ({ gateway, start }) => {
    const { shop, office, worker } = await start();
    const [order, resting] = [await shop.placePayable(), await shop.placePayable()];
    await office.listed(order.id, () => true);
    await office.listed(resting.id, () => true);
    const index = await worker.miniflare.getD1Database('INDEX');
    const { results } = await index.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'").all();
    assert.ok(results.length > 0);
    for (const { name } of results) await index.prepare(`DROP TABLE "${name}"`).run();
    await gateway.pay(order.view.code_url);
    assert.equal(gateway.deliveries.at(-1).reply, SUCCESS_REPLY);
    assert.equal(await shop.status(order), 'paid');
    await office.listed(order.id, ({ state }) => state === 'paid', { withinMs: 30_000 });
    assert.equal((await office.history(resting.id)).json.state, 'awaiting_payment', 'each is still read by its number');
  }));

test('the page has a procedure for each secret, and each has its rehearsal here', () => {
  const rehearsed = readFileSync(join(ROOT, 'tests/worker/runbook.test.mjs'), 'utf8');
  const secrets = [...readFileSync(join(ROOT, 'crates/edge/README.md'), 'utf8').matchAll(/^\| `(\w+)` \| \*\*secret\*\*/gm)].map(([, name]) => name);
  for (const name of secrets.filter((each) => !each.endsWith('_PREVIOUS'))) {
    assert.ok(page.includes(`### \`${name}\``), `${name} has no procedure`);
    assert.ok(rehearsed.includes(`test('${name}: `), `${name} has no rehearsal`);
  }
});
