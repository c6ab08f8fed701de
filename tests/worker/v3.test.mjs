// Orders of API v3: placed, paid, notified, queried, closed and refunded, beside the orders of API v2.

import assert from 'node:assert/strict';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { freePort } from '../support/free-port.mjs';
import { startGateway } from '../support/gateway/gateway.mjs';
import { ACCOUNT, seal, SIGNERS, startGatewayV3 } from '../support/gateway/gateway-v3.mjs';
import { aMerchant } from '../support/gateway/merchant.mjs';
import { notification } from '../support/gateway/notification.mjs';
import { ADMIN_TOKEN, BackOffice } from '../support/shop/back-office.mjs';
import { Shop, asPaidOrder } from '../support/shop/shop.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';
import { setStageWithClock } from '../support/worker/moved-clock.mjs';
import { startWorker } from '../support/worker/worker.mjs';

/** A Worker of API v3 in front of its gateway. */
async function stageOfV3(vars = {}, set = setStage) {
  const stage = await set({ start: startGatewayV3, vars: { ADMIN_TOKEN, ...vars } });
  return Object.assign(stage, { office: new BackOffice(stage.worker) });
}

describe('an order of API v3', { concurrency: true }, () => {
  let stage;
  before(async () => (stage = await stageOfV3()));
  after(() => stage?.stop());

  async function paid() {
    const order = await stage.shop.placePayable();
    stage.gateway.pay(order.view.code_url);
    const reply = await stage.gateway.notifyOf(order.id);
    assert.deepEqual([reply.status, JSON.parse(reply.text).code], [200, 'SUCCESS']);
    await stage.shop.becomes('paid', order);
    return order;
  }

  test('WECHAT_API is how new orders are placed', async () => {
    const order = await stage.shop.placePayable();
    assert.match(order.id, /^G/);
    const { body } = stage.gateway.callsOf('native').find(({ body }) => body.includes(order.id));
    const sent = JSON.parse(body);
    assert.equal(sent.notify_url, `${stage.worker.url}/notify/wechat/v3`);
    assert.deepEqual(sent.amount, { total: order.view.amount.minor, currency: order.view.amount.currency });
  });

  test('WECHAT_CATEGORY is what the merchant sells', async () => {
    await stage.shop.placePayable();
    assert.equal(JSON.parse(stage.gateway.callsOf('native')[0].body).merchant_category_code, ACCOUNT.category);
  });

  test('WECHAT_MCH_PRIVATE_KEY and WECHAT_MCH_CERT_SERIAL sign each request, which names its program', async () => {
    await stage.shop.placePayable();
    const { headers } = stage.gateway.callsOf('native')[0];
    assert.match(headers.authorization, new RegExp(`serial_no="${ACCOUNT.serial}"`));
    assert.match(headers['user-agent'], /^wechatpay-edge\//);
    assert.equal(headers.accept, 'application/json');
  });

  test('WECHAT_API_V3_KEY opens the notification of a payment', async () => {
    const order = await paid();
    assert.equal((await stage.office.history(order.id)).json.payments.length, 1);
  });

  test('is queried when no notification comes', async () => {
    const order = await stage.shop.placePayable();
    stage.gateway.pay(order.view.code_url);
    await stage.office.query(order.id);
    await stage.shop.becomes('paid', order, { withinMs: 30_000 });
  });

  test('is refunded without a client certificate, and the refund’s notification is evidence', async () => {
    const order = await paid();
    const { status } = await stage.office.refund(order.id, { out_refund_no: 'R1', amount_minor: 800 });
    assert.equal(status, 200);
    const sent = await until('the refund is sent', () => {
      const refund = [...stage.gateway.refunds.values()].find((each) => each.out_trade_no === order.id);
      if (!refund) throw new Error('not yet');
      return refund;
    });
    await refundIs(order, 'processing');
    const reply = await stage.gateway.refunded(sent.out_refund_no);
    assert.equal(reply.status, 200, reply.text);
    await refundIs(order, 'refunded');
    const asked = stage.gateway.callsOf('refund query').filter(({ target }) => target.includes(encodeURIComponent(sent.out_refund_no)));
    assert.deepEqual(asked, [], 'the notification was enough');
  });

  test('a refund’s notification of another amount moves nothing, and a person is told', async () => {
    const order = await paid();
    await stage.office.refund(order.id, { out_refund_no: 'R1', amount_minor: 800 });
    await refundIs(order, 'processing');
    const sent = [...stage.gateway.refunds.values()].find((each) => each.out_trade_no === order.id);
    const amount = { ...sent.amount, refund: 900 };
    assert.equal((await stage.gateway.refunded(sent.out_refund_no, { inside: { amount } })).status, 200);
    const { json } = await stage.office.history(order.id);
    assert.equal(json.refunds[0].status, 'processing');
    assert.ok(JSON.stringify(json).includes('about_something_else'));
  });

  const refundIs = (order, status) =>
    until(`the refund is ${status}`, async () => {
      const [refund] = (await stage.office.history(order.id)).json.refunds;
      if (refund?.status !== status) throw new Error(JSON.stringify(refund));
      return refund;
    });

  test('takes no notification that does not verify, WeChat Pay’s own probes among them', async () => {
    const order = await stage.shop.placePayable();
    const inside = paidInSecret(order);
    const stranger = { serial: SIGNERS.first.serial, key: SIGNERS.second.key };
    const hostile = {
      'a probe': { headers: { 'Wechatpay-Signature': `WECHATPAY/SIGNTEST/${'A'.repeat(325)}` } },
      'another probe': { headers: { 'Wechatpay-Signature': `WECHATPAY/SIGNTEST/${'A'.repeat(325)}==` } },
      'another key': { signer: stranger },
      'another serial': { signer: { ...SIGNERS.second, serial: 'ABCD' } },
      'another body': { spoil: (body) => body.replace('"id":"e1"', '"id":"e2"') },
      'too old': { seconds: Math.floor(Date.now() / 1000) - 301 },
      'of the future': { seconds: Math.floor(Date.now() / 1000) + 310 },
      'another seal': { key: randomBytes(16).toString('hex') },
    };
    for (const [name, changes] of Object.entries(hostile)) {
      const reply = await stage.gateway.notifyOf(order.id, { inside, ...changes });
      assert.ok(reply.status >= 400, `${name}: ${reply.status}`);
      assert.equal(JSON.parse(reply.text).code, 'FAIL', name);
    }
    assert.equal(await stage.shop.status(order), 'awaiting_payment');
    const unsigned = await fetch(`${stage.worker.url}/notify/wechat/v3`, { method: 'POST', body: '{}' });
    assert.equal(unsigned.status, 400);
    const long = await fetch(`${stage.worker.url}/notify/wechat/v3`, { method: 'POST', body: 'x'.repeat(1025) });
    assert.deepEqual([long.status, (await long.json()).message], [400, 'the message is too large'], 'read no further');
    assert.equal((await stage.gateway.notifyOf(order.id, { inside })).status, 200);
    await stage.shop.becomes('paid', order);
  });

  /** What is inside the notification of a payment that no query finds. */
  function paidInSecret(order) {
    stage.gateway.pay(order.view.code_url).state = 'NOTPAY';
    return { trade_state: 'SUCCESS' };
  }

  test('the readiness says whether the account fits, and that the address leads here', async () => {
    const { checks } = (await stage.office.readiness()).json;
    const outcome = (name) => checks.find((check) => check.name === name).outcome;
    assert.deepEqual(['account_v3', 'notify_address_v3', 'certificate'].map(outcome), ['ok', 'ok', 'not_checked']);
  });

  test('does not believe a payment of another amount', async () => {
    const order = await stage.shop.placePayable();
    const inside = { ...paidInSecret(order), amount: { total: 1, currency: order.view.amount.currency } };
    assert.equal((await stage.gateway.notifyOf(order.id, { inside })).status, 200);
    const { json } = await stage.office.history(order.id);
    assert.notEqual(json.state, 'paid');
    assert.deepEqual(json.exceptions.map(({ kind }) => kind), ['amount_mismatch']);
  });

  test('takes no message of API v2, whose key somebody else may know', async () => {
    const order = await stage.shop.placePayable();
    const forged = notification(stage.gateway.merchant, asPaidOrder(order.view), {});
    assert.match((await stage.shop.notify(forged)).text, /FAIL/);
    assert.equal(await stage.shop.status(order), 'awaiting_payment');
  });
});

describe('the object of an order of API v3', () => {
  const ORDER_SECRET = randomBytes(24).toString('base64url');
  let stage;
  before(async () => (stage = await stageOfV3({ ORDER_SECRET })));
  after(() => stage?.stop());

  test('believes a notification that a route of its own has marked, and no other', async () => {
    const order = await stage.shop.placePayable();
    const objects = await stage.worker.miniflare.getDurableObjectNamespace('ORDERS');
    const told = async (bytes) => {
      const object = objects.get(objects.idFromName(order.id));
      return (await object.fetch('https://order/notify-v3', { method: 'POST', body: bytes })).status;
    };
    const { appid, mchId: mchid } = stage.gateway.merchant;
    const { minor: total, currency } = order.view.amount;
    const inside = Buffer.from(
      JSON.stringify({
        ...{ appid, mchid, out_trade_no: order.id, trade_type: 'NATIVE', trade_state: 'SUCCESS', id: '4200002300000000000000000001' },
        ...{ success_time: new Date().toISOString(), amount: { total, currency } },
      }),
    );
    const sealed = seal(stage.gateway.apiV3Key, inside.toString(), 'transaction');
    const resource = { original_type: 'transaction', algorithm: 'AEAD_AES_256_GCM', ...sealed };
    const body = Buffer.from(JSON.stringify({ event_type: 'TRANSACTION.SUCCESS', resource_type: 'encrypt-resource', resource }));
    const marked = (secret, purpose = 'genuine notification') => {
      const text = [purpose, '\0', createHash('sha256').update(body).digest(), inside].map((part) => Buffer.from(part));
      const length = Buffer.alloc(4);
      length.writeUInt32BE(inside.length);
      return Buffer.concat([createHmac('sha256', secret).update(Buffer.concat(text)).digest(), length, inside, body]);
    };
    const own = marked(ORDER_SECRET);
    const unbelievable = {
      'of another secret': marked(randomBytes(24).toString('base64url')),
      'for another purpose': marked(ORDER_SECRET, 'proof of self'),
      'without a mark': Buffer.concat([Buffer.alloc(32), own.subarray(32)]),
      'as WeChat Pay sent it': body,
      'of no length': Buffer.alloc(0),
    };
    for (const [name, bytes] of Object.entries(unbelievable)) assert.equal(await told(bytes), 500, name);
    assert.equal(await stage.shop.status(order), 'awaiting_payment');
    assert.equal(await told(own), 204);
    await stage.shop.becomes('paid', order);
  });
});

describe('a gateway of API v3 that answers badly', () => {
  let stage;
  before(async () => (stage = await stageOfV3()));
  after(() => stage?.stop());

  for (const fault of ['unsigned', 'probe', 'HTML 502', 'dropped', { status: 500, json: { code: 'SYSTEM_ERROR', message: 'm' } }]) {
    test(`is asked again with the same values: ${fault.status ?? fault}`, async () => {
      stage.gateway.next('native', fault);
      const from = stage.gateway.callsOf('native').length;
      await stage.shop.placePayable();
      const [first, second] = stage.gateway.callsOf('native').slice(from);
      assert.equal(first.body, second.body);
      assert.notEqual(first.headers.authorization, second.headers.authorization);
    });
  }
});

describe('the keys of WeChat Pay', () => {
  test('are its certificates, downloaded once, and again when a message names an unknown one', async () => {
    const stage = await stageOfV3({}, setStageWithClock);
    try {
      const { gateway, shop } = stage;
      const order = await shop.placePayable();
      assert.equal(gateway.callsOf('certificates').length, 1);
      gateway.pay(order.view.code_url);
      // Two certificates sign while one takes the place of the other.
      gateway.listed = [SIGNERS.first, SIGNERS.second];
      gateway.aheadMs += 61_000;
      await stage.goAhead(61_000);
      assert.equal((await gateway.notifyOf(order.id, { signer: SIGNERS.second })).status, 200);
      await shop.becomes('paid', order);
      assert.equal(gateway.callsOf('certificates').length, 2);
    } finally {
      await stage.stop();
    }
  });

  test('are asked for at the next host when the first cannot be reached, and so is the order', async () => {
    const gateway = await startGatewayV3();
    const dead = `http://127.0.0.1:${await freePort()}`;
    const worker = await startWorker({ gateway, vars: { WECHAT_GATEWAY: `${dead}, ${gateway.url}` } });
    try {
      const { json } = await new Shop(worker).place();
      assert.equal(json.order.status, 'awaiting_payment');
      assert.equal(gateway.callsOf('certificates').length, 1);
    } finally {
      await worker.stop();
      await gateway.stop();
    }
  });

  for (const fault of ['HTML 502', 'slow']) {
    test(`an order waits only seconds for them when their first download fails: ${fault}`, async () => {
      const stage = await stageOfV3();
      try {
        const { gateway, shop } = stage;
        gateway.next('certificates', fault);
        const { json } = await shop.place();
        assert.equal(json.order.status, 'placing');
        await shop.becomes('awaiting_payment', { id: json.order.id, token: json.token }, { withinMs: 30_000 });
        assert.equal(gateway.callsOf('certificates').length, 2);
      } finally {
        await stage.stop();
      }
    });
  }

  test('a serial that nobody has does not make the Worker ask again and again', async () => {
    const stage = await stageOfV3();
    try {
      const { gateway, shop } = stage;
      const order = await shop.placePayable();
      gateway.pay(order.view.code_url);
      for (const serial of ['AB', 'CD', 'EF']) {
        assert.equal((await gateway.notifyOf(order.id, { signer: { ...SIGNERS.second, serial } })).status, 400);
      }
      assert.equal(gateway.callsOf('certificates').length, 1);
      // The seal shows that somebody with the API v3 key made it, so its order asks.
      await shop.becomes('paid', order, { withinMs: 30_000 });
    } finally {
      await stage.stop();
    }
  });

  test('a list of certificates that cannot be had is not asked for with each message of a stranger', async () => {
    const stage = await stageOfV3({}, setStageWithClock);
    try {
      const { gateway, shop } = stage;
      const order = await shop.placePayable();
      const { length } = gateway.callsOf('certificates');
      const ahead = 61_000;
      gateway.aheadMs += ahead;
      await stage.goAhead(ahead);
      const strangers = ['AB', 'CD', 'EF'];
      for (const _ of strangers) gateway.next('certificates', 'HTML 502');
      for (const serial of strangers) {
        assert.equal((await gateway.notifyOf(order.id, { signer: { ...SIGNERS.second, serial } })).status, 400);
      }
      assert.equal(gateway.callsOf('certificates').length, length + 1);
    } finally {
      await stage.stop();
    }
  });

  test('WECHAT_PUBLIC_KEY and WECHAT_PUBLIC_KEY_ID verify, and no certificate is asked for', async () => {
    const { serial, pem } = SIGNERS.publicKey;
    const stage = await stageOfV3({ WECHAT_PUBLIC_KEY_ID: serial, WECHAT_PUBLIC_KEY: pem });
    try {
      const { gateway, shop } = stage;
      const order = await shop.placePayable();
      assert.equal(gateway.callsOf('native')[0].headers['wechatpay-serial'], serial);
      gateway.pay(order.view.code_url);
      assert.equal((await gateway.notifyOf(order.id, { signer: SIGNERS.publicKey })).status, 200);
      await shop.becomes('paid', order);
      assert.deepEqual(gateway.callsOf('certificates'), []);
      // A certificate counts beside it, while the merchant changes over.
      const other = await shop.placePayable();
      gateway.pay(other.view.code_url);
      assert.equal((await gateway.notifyOf(other.id, { signer: SIGNERS.first })).status, 200);
      await shop.becomes('paid', other);
    } finally {
      await stage.stop();
    }
  });
});

describe('a merchant who changes over to API v3', () => {
  test('loses no open order of API v2, and both run side by side', async () => {
    const storage = await mkdtemp(join(tmpdir(), 'wechatpay-edge-'));
    const merchant = aMerchant();
    const v2 = await startGateway({ merchant });
    const gateway = await startGatewayV3({ merchant });
    gateway.v2 = v2;
    const fixed = { ORDER_SECRET: randomBytes(32).toString('base64url'), ADMIN_TOKEN };
    try {
      const { settings } = gateway;
      gateway.settings = {};
      const before = await startWorker({ gateway, storage, vars: fixed });
      const old = await new Shop(before).placePayable();
      assert.match(old.id, /^H/);
      await before.stop();
      const later = await startWorker({ gateway, storage, vars: { ...fixed, ...settings }, port: before.port });
      try {
        const shop = new Shop(later);
        const fresh = await shop.placePayable();
        assert.match(fresh.id, /^G/);
        await v2.pay(old.view.code_url);
        await shop.becomes('paid', old);
        gateway.pay(fresh.view.code_url);
        assert.equal((await gateway.notifyOf(fresh.id)).status, 200);
        await shop.becomes('paid', fresh);
      } finally {
        await later.stop();
      }
    } finally {
      await gateway.stop();
      await v2.stop();
      await rm(storage, { recursive: true, force: true });
    }
  });
});

describe('an order of API v3 that nobody pays', () => {
  test('is closed when a query after the close says so', async () => {
    const stage = await stageOfV3({}, setStageWithClock);
    try {
      const { gateway, shop, office } = stage;
      const order = await shop.placePayable();
      await shop.cancel(order);
      const ahead = 6 * 60_000;
      gateway.aheadMs += ahead;
      await stage.goAhead(ahead);
      await office.query(order.id);
      const entries = await until(
        'the order is closed',
        async () => {
          const { state } = (await office.history(order.id)).json;
          if (state !== 'closed') throw new Error(`${state} ${gateway.calls.map(({ call }) => call)}`);
          return gateway.calls.map(({ call }) => call);
        },
        { withinMs: 60_000 },
      );
      assert.deepEqual(entries.slice(entries.lastIndexOf('close')), ['close', 'query']);
    } finally {
      await stage.stop();
    }
  });
});
