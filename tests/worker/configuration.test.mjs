// Mistakes of the operator. The shop says that something must be fixed, the log says what, and
// neither of them contains a secret.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';

import { startGateway } from '../support/gateway/gateway.mjs';
import { SUCCESS_REPLY } from '../support/gateway/notification.mjs';
import { CATALOG, GOODS } from '../support/shop/catalog.mjs';
import { Shop } from '../support/shop/shop.mjs';
import { until } from '../support/until.mjs';
import { startWorker } from '../support/worker/worker.mjs';

let gateway;
let worker;
before(async () => (gateway = await startGateway()));
after(() => gateway?.stop());
afterEach(async () => {
  await worker?.stop();
  worker = undefined;
});

const ask = async (method, path, body) => {
  const answer = await fetch(`${worker.url}${path}`, { method, body });
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
};

/** Waits for the log, which comes a moment after the answer. */
const logged = (words) => until(`the log says ${words}`, () => worker.log.some((line) => words.test(line)));

/** The answer says that something must be fixed. It does not tell a stranger what. */
function assertMisconfigured({ status, text }) {
  assert.equal(status, 500, text);
  assert.equal(JSON.parse(text).code, 'misconfigured');
  assert.doesNotMatch(text, /WECHAT|ORDER_|OFFER_|secret/);
}

/** The same of /healthz, which says one word. */
const assertNotReady = ({ status, text }) => assert.deepEqual([status, text], [503, '{"ready":false}']);

test('mistakes in the configuration: nothing is sold, every route says so, and the log names each variable and no secret', async () => {
  const vars = {
    WECHAT_API_KEY: 'short-secret-key',
    ORDER_SECRET_PREVIOUS: 'short-secret-before',
    ORDER_KEEP_DAYS: '36500',
    ORDER_EXPIRES_MINUTES: { minutes: 30 },
    NOTIFY_BASE_URL: '',
    WEBHOOK_SECRET: 'whsec_short-secret-of-webhooks',
  };
  worker = await startWorker({ gateway, vars });
  assertMisconfigured(await new Shop(worker).place());
  for (const name of Object.keys(vars)) await logged(new RegExp(name));
  for (const [method, path, body] of [
    ['GET', '/api/shop'],
    ['GET', '/api/orders/Hsofdzih6lk5bu2sjsxzitzb5wztbw'],
    ['POST', '/api/orders/Hsofdzih6lk5bu2sjsxzitzb5wztbw/cancel'],
    ['POST', '/notify/wechat', 'a message'],
    ['POST', '/notify/wechat/refund', 'a message'],
    ['GET', '/admin/api/orders'],
    ['GET', '/admin/api/attention'],
  ]) {
    assertMisconfigured(await ask(method, path, body));
  }
  assertNotReady(await ask('GET', '/healthz'));
  const page = await ask('POST', '/checkout', new URLSearchParams({ sku: GOODS.sku, quantity: '1' }));
  assert.equal(page.status, 500);
  assert.match(page.type, /^text\/html/);
  assert.deepEqual(gateway.calls, []);
  const log = worker.log.join('\n');
  for (const secret of ['short-secret', vars.WEBHOOK_SECRET, gateway.merchant.key]) {
    assert.ok(!log.includes(secret), log);
    assert.ok(!page.text.includes(secret), page.text);
  }
});

test('the simulator as the gateway of a live shop: nothing is sold, and the log says why', async () => {
  worker = await startWorker({ gateway, vars: { DEMO_PHONE_URL: '', NOTIFY_BASE_URL: 'https://pay.example.com' } });
  assertMisconfigured(await new Shop(worker).place());
  assert.deepEqual(gateway.calls, []);
  await logged(/WECHAT_GATEWAY: .*DEMO_PHONE_URL/);
});

test('a webhook’s secret that is stored before its address is deployed stops nothing, and the log says what is missing', async () => {
  worker = await startWorker({ gateway, vars: { WEBHOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' } });
  const order = await new Shop(worker).placePayable();
  await gateway.pay(order.view.code_url);
  assert.equal(await new Shop(worker).status(order), 'paid');
  assert.equal((await ask('GET', '/healthz')).status, 200);
  await logged(/WEBHOOK_SECRET is set without WEBHOOK_URL/);
});

test('without ORDERS nothing is sold, and /healthz says so', async () => {
  worker = await startWorker({ gateway });
  assert.equal((await new Shop(worker).place()).status, 201);
  assert.deepEqual(await ask('GET', '/healthz'), { status: 200, type: 'application/json', text: '{"ready":true}' });
  await worker.stop();
  worker = await startWorker({ gateway, platform: { durableObjects: {} } });
  const { status, type, json } = await new Shop(worker).place();
  assert.deepEqual([status, type, json.code], [500, 'application/problem+json', 'internal']);
  assertNotReady(await ask('GET', '/healthz'));
  await logged(/ORDERS is missing in wrangler\.toml/);
});

test('without ASSETS nothing is sold by the catalogue, and /healthz says so', async () => {
  const catalog = async () => Response.json({ ...CATALOG, items: [{ ...GOODS, amount_minor: 4_321 }] });
  worker = await startWorker({ gateway, platform: { assets: undefined, serviceBindings: { ASSETS: catalog } } });
  assert.equal((await new Shop(worker).place()).json.order.amount.minor, 4_321, 'the catalogue is read there');
  await worker.stop();
  worker = await startWorker({ gateway, platform: { assets: undefined } });
  assertMisconfigured(await new Shop(worker).place());
  assertNotReady(await ask('GET', '/healthz'));
  await logged(/ASSETS is missing in wrangler\.toml/);
});

test('while the API key is being changed, messages signed with the one before still count', async () => {
  const storage = await mkdtemp(join(tmpdir(), 'wechatpay-edge-'));
  try {
    worker = await startWorker({ gateway, storage });
    const order = await new Shop(worker).placePayable();
    await worker.stop();
    const { key } = gateway.merchant;
    const changed = { WECHAT_API_KEY: 'NEWkeyNEWkeyNEWkeyNEWkeyNEWkey12', WECHAT_API_KEY_PREVIOUS: key };
    worker = await startWorker({ gateway, storage, port: worker.port, vars: { ...worker.bindings, ...changed } });
    await gateway.pay(order.view.code_url);
    assert.equal(gateway.deliveries.at(-1).reply, SUCCESS_REPLY);
    assert.equal(await new Shop(worker).status(order), 'paid');
  } finally {
    await worker.stop();
    worker = undefined;
    await rm(storage, { recursive: true, force: true });
  }
});

test('between the two commands of a change of the key it is both the key and the one before: payments go on, and the log says so', async () => {
  const { key } = gateway.merchant;
  worker = await startWorker({ gateway, vars: { WECHAT_API_KEY_PREVIOUS: key } });
  const order = await new Shop(worker).placePayable();
  await gateway.pay(order.view.code_url);
  assert.equal(await new Shop(worker).status(order), 'paid');
  await logged(/WECHAT_API_KEY_PREVIOUS is the same as WECHAT_API_KEY: nothing is changed yet/);
  assert.ok(!worker.log.join('\n').includes(key));
});

test('a secret that serves two purposes: nothing is sold, and the log names both and not the secret', async () => {
  const same = 'a token that is also the key of the offers';
  worker = await startWorker({ gateway, vars: { ADMIN_TOKEN: same, OFFER_KEY: same } });
  assertMisconfigured(await new Shop(worker).place());
  await logged(/OFFER_KEY and ADMIN_TOKEN are the same/);
  assert.ok(!worker.log.join('\n').includes(same));
});
