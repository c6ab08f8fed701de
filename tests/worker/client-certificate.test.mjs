// The merchant's client certificate: a real one, by TLS. workerd shows it to the simulator's second port, as Cloudflare's mTLS
// binding shows it to WeChat Pay. That port knows no header in its place.

import assert from 'node:assert/strict';
import { request } from 'node:https';
import { before, describe, test } from 'node:test';

import { startSimulator } from '../support/gateway/simulator.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { onStage } from '../support/stage.mjs';

/** Posts to the refund path of the port with TLS: `{ status, text }`. */
function post({ tls }, options = {}) {
  const [host, port] = tls.address.split(':');
  return new Promise((resolve, reject) => {
    const asked = request({ host, port, path: '/secapi/pay/refund', method: 'POST', ca: tls.authority, agent: false, ...options }, async (answer) => {
      resolve({ status: answer.statusCode, text: Buffer.concat(await Array.fromAsync(answer)).toString() });
    });
    asked.on('error', reject);
    asked.end('<xml><mch_id>1</mch_id></xml>');
  });
}

describe('with the merchant’s certificate', () => {
  const stage = onStage({ start: startSimulator, ...BACK_OFFICE });
  let office;
  before(() => void (office = new BackOffice(stage.worker)));

  test('an order is refunded through the binding WECHAT_CERT, by TLS with the client certificate', async () => {
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    await stage.shop.becomes('paid', order);
    await office.refund(order.id, { out_refund_no: 'R1', amount_minor: 100 });
    await office.refundBecomes(order.id, 'R1', 'processing');
    const [exchange] = (await stage.gateway.exchanges('refund')).filter(({ out_trade_no }) => out_trade_no === order.id);
    assert.match(exchange.answer ?? exchange.response, /SUCCESS/);
  });

  test('without it the port answers 400 with a page, whatever the headers say', async () => {
    for (const headers of [{}, { 'simulator-client-certificate': 'of the tests' }]) {
      const { status, text } = await post(stage.gateway, { headers });
      assert.equal(status, 400);
      assert.match(text, /No required SSL certificate was sent/);
    }
    const { certificate: cert, key } = stage.gateway.tls;
    assert.match((await post(stage.gateway, { cert, key })).text, /<xml>/);
  });

  test('a certificate of another authority is refused before any answer', async () => {
    const other = await startSimulator();
    try {
      const { certificate: cert, key } = other.tls;
      await assert.rejects(post(stage.gateway, { cert, key }));
    } finally {
      await other.stop();
    }
  });
});

describe('without the binding', () => {
  const stage = onStage({ start: startSimulator, vars: BACK_OFFICE.vars });

  test('the refund is refused by WeChat Pay as a page with status 400, and a person learns why', async () => {
    const office = new BackOffice(stage.worker);
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    await stage.shop.becomes('paid', order);
    await office.refund(order.id, { out_refund_no: 'R1', amount_minor: 100 });
    const refund = await office.refundBecomes(order.id, 'R1', 'requested');
    assert.ok(refund);
    const told = async () => (await office.history(order.id)).json.refunds[0].problem;
    for (let tries = 0; !(await told()) && tries < 100; tries += 1) await new Promise((over) => setTimeout(over, 50));
    assert.match(await told(), /HTTP 400.*No required SSL certificate was sent/);
  });
});
