// What the operator gets wrong: the shop says that something is to be mended, the log says what,
// and neither says a secret.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';

import { startGateway } from '../support/gateway.mjs';
import { SUCCESS_REPLY } from '../support/notification.mjs';
import { Shop } from '../support/shop.mjs';
import { startWorker } from '../support/worker.mjs';

let gateway;
let worker;
before(async () => (gateway = await startGateway()));
after(() => gateway?.stop());
afterEach(async () => {
  await worker?.stop();
  worker = undefined;
});

async function ordering(vars) {
  worker = await startWorker({ gateway, vars });
  const answer = await new Shop(worker).place();
  return { answer, log: worker.log.join('\n') };
}

describe('a mistake in the configuration', () => {
  const mistakes = {
    'no API key': { WECHAT_API_KEY: '' },
    'an API key that is too short': { WECHAT_API_KEY: 'short-secret-key' },
    'orders kept for less than the year in which they can be refunded': { ORDER_KEEP_DAYS: '365' },
    'orders kept for longer than any law asks': { ORDER_KEEP_DAYS: '36500' },
    'a secret before that is too short': { ORDER_SECRET_PREVIOUS: 'short-secret-before' },
    'the simulator as the gateway of a live shop': { DEMO_PHONE_URL: '' },
  };
  for (const [what, vars] of Object.entries(mistakes)) {
    test(`${what}: no order is placed, the log names the variable and no secret`, async () => {
      const calls = gateway.calls.length;
      const { answer, log } = await ordering(vars);
      assert.equal(answer.status, 500, answer.text);
      assert.equal(answer.json.code, 'misconfigured');
      assert.equal(gateway.calls.length, calls);
      const [name] = Object.keys(vars);
      const named = name === 'DEMO_PHONE_URL' ? 'WECHAT_GATEWAY' : name;
      assert.ok(log.includes(named), log);
      for (const secret of ['short-secret', gateway.merchant.key]) {
        assert.ok(!log.includes(secret), log);
        assert.ok(!answer.text.includes(secret), answer.text);
      }
    });
  }
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
