// https alone. Outside a demo a program that sends by plain http is refused, a browser is sent to the same page by https,
// and browsers are told to stay with https. The Worker sees the address that was asked for, as behind Cloudflare.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startGateway } from '../support/gateway/gateway.mjs';
import { notification } from '../support/gateway/notification.mjs';
import { BACK_OFFICE } from '../support/shop/back-office.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { onStage } from '../support/stage.mjs';
import { startWorker } from '../support/worker/worker.mjs';

const ORIGIN = 'pay.example.com';
const STRICT = 'max-age=31536000';

/** Asks this Worker as somebody who asked for this address. */
const ask = ({ miniflare }, url, { method = 'GET', headers = {}, body } = {}) =>
  miniflare.dispatchFetch(url, { method, headers, body, redirect: 'manual' });

describe('a Worker that takes real money', () => {
  let gateway;
  let live;
  before(async () => {
    gateway = await startGateway();
    const vars = { ...BACK_OFFICE.vars, DEMO_PHONE_URL: '', WECHAT_GATEWAY: '', NOTIFY_BASE_URL: `https://${ORIGIN}` };
    live = await startWorker({ gateway, vars });
  });
  after(async () => {
    await live?.stop();
    await gateway?.stop();
  });

  const programs = [
    ['POST', '/api/orders'],
    ['OPTIONS', '/api/orders'],
    ['GET', '/api/orders/Hsofdzih6lk5bu2sjsxzitzb5wztbw'],
    ['GET', '/api/shop'],
    ['POST', '/notify/wechat'],
    ['POST', '/notify/wechat/refund'],
    ['GET', '/admin/api/orders'],
    ['GET', '/healthz'],
  ];
  for (const [method, path] of programs) {
    test(`refuses ${method} ${path} by http, and says what to do`, async () => {
      const body = method === 'POST' ? 'a message' : undefined;
      const answer = await ask(live, `http://${ORIGIN}${path}`, { method, body });
      assert.equal(answer.status, 403);
      assert.equal(answer.headers.get('location'), null, 'a redirect would hide the mistake');
      assert.equal(answer.headers.get('strict-transport-security'), null, 'by http the header means nothing');
      const problem = await answer.json();
      assert.equal(problem.code, 'https_required');
      assert.match(problem.detail, /https:\/\/.* change each secret/);
    });
  }

  test('does not even look at the token that came by http', async () => {
    const headers = { authorization: `Bearer ${BACK_OFFICE.vars.ADMIN_TOKEN}` };
    assert.equal((await ask(live, `http://${ORIGIN}/admin/api/orders`, { headers })).status, 403);
    assert.equal((await ask(live, `https://${ORIGIN}/admin/api/orders`, { headers })).status, 200);
  });

  test('sends a browser that asked for a page by http to the same page by https, with its form', async () => {
    for (const [method, path] of [['GET', '/checkout/H1?x=1'], ['POST', '/checkout'], ['GET', '/widget/wechat-pay.en.json']]) {
      const body = method === 'POST' ? new URLSearchParams({ sku: 'tea-gift-set', quantity: '1' }) : undefined;
      const answer = await ask(live, `http://${ORIGIN}${path}`, { method, body });
      assert.deepEqual([answer.status, answer.headers.get('location')], [308, `https://${ORIGIN}${path}`]);
    }
  });
});

describe('an answer by https', () => {
  const stage = onStage(BACK_OFFICE);

  test('tells the browser to stay with https, whoever made it', async () => {
    const order = await stage.shop.placePayable();
    const token = { authorization: `Bearer ${order.token}` };
    const office = { authorization: `Bearer ${BACK_OFFICE.vars.ADMIN_TOKEN}` };
    const cookie = { cookie: `wechat_pay_token=${order.token}` };
    for (const [method, path, status, headers, body] of [
      ['GET', '/healthz', 200],
      ['GET', '/api/shop', 200],
      ['OPTIONS', '/api/orders', 204],
      ['POST', '/api/orders', 400],
      ['GET', `/api/orders/${order.id}`, 200, token],
      ['GET', `/api/orders/${order.id}`, 404],
      ['POST', '/notify/wechat', 200, {}, notification(stage.gateway.merchant, asPaidOrder(order.view))],
      ['GET', '/admin/api/orders', 200, office],
      ['GET', `/admin/api/orders/${order.id}`, 200, office],
      ['GET', `/checkout/${order.id}`, 200, cookie],
      ['GET', '/widget/wechat-pay.en.json', 200],
      ['GET', '/', 200],
    ]) {
      const answer = await ask(stage.worker, `https://${ORIGIN}${path}`, { method, headers, body });
      const text = await answer.text();
      assert.equal(answer.status, status, `${method} ${path}: ${text}`);
      assert.equal(answer.headers.get('strict-transport-security'), STRICT, `${method} ${path}`);
      if (path.startsWith('/api/orders/H')) assert.equal(JSON.parse(text).id ?? order.id, order.id, 'the body is whole');
    }
  });

  test('an unchanged order stays an answer without a body', async () => {
    const order = await stage.shop.placePayable();
    const { headers } = await stage.shop.look(order);
    const asked = { authorization: `Bearer ${order.token}`, 'if-none-match': headers.get('etag') };
    const answer = await ask(stage.worker, `https://${ORIGIN}/api/orders/${order.id}`, { headers: asked });
    assert.deepEqual([answer.status, await answer.text(), answer.headers.get('strict-transport-security')], [304, '', STRICT]);
  });

  test('a demo and this machine do without https, and are not told to want it', async () => {
    for (const url of [`${stage.worker.url}/healthz`, 'http://192.0.2.1:8787/healthz']) {
      const answer = await ask(stage.worker, url);
      assert.deepEqual([answer.status, answer.headers.get('strict-transport-security')], [200, null], url);
    }
  });
});
