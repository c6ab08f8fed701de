// What every route does for every request: HEAD works like GET, other methods are refused with a list of the right ones, and
// the answers have the right headers. The headers of the site's files are in www/_headers.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { WWW } from '../support/project.mjs';
import { BACK_OFFICE } from '../support/shop/back-office.mjs';
import { onStage } from '../support/stage.mjs';

const stage = onStage(BACK_OFFICE);

const ask = (method, path, headers = {}, body) => fetch(`${stage.worker.url}${path}`, { method, headers, body });

describe('a route', () => {

  test('that takes GET takes HEAD, without a body', async () => {
    const order = await stage.shop.placePayable();
    const headers = { authorization: `Bearer ${order.token}` };
    for (const path of ['/healthz', '/api/shop', `/api/orders/${order.id}`]) {
      const [get, head] = [await ask('GET', path, headers), await ask('HEAD', path, headers)];
      assert.deepEqual([head.status, head.headers.get('content-type')], [200, get.headers.get('content-type')], path);
      assert.equal(await head.text(), '');
      assert.notEqual(await get.text(), '');
    }
    assert.equal((await ask('HEAD', `/api/orders/${order.id}`)).status, 404, 'the token is asked for as ever');
  });

  test('that does not take a method says which ones it takes', async () => {
    for (const [method, path, allowed] of [
      ['POST', '/healthz', 'GET, HEAD'],
      ['GET', '/notify/wechat', 'POST'],
      ['DELETE', '/api/orders', 'POST, OPTIONS'],
    ]) {
      const answer = await ask(method, path);
      assert.deepEqual([answer.status, answer.headers.get('allow')], [405, allowed], `${method} ${path}`);
    }
  });
});

describe('an answer of the Worker', () => {
  test('is kept by no cache', async () => {
    const order = await stage.shop.placePayable();
    const token = { authorization: `Bearer ${order.token}` };
    const { headers } = await stage.shop.look(order);
    const unchanged = await stage.shop.look(order, { 'if-none-match': headers.get('etag') });
    assert.deepEqual([unchanged.status, unchanged.headers.get('cache-control')], [304, 'no-store']);
    const office = { authorization: `Bearer ${BACK_OFFICE.vars.ADMIN_TOKEN}` };
    const answers = [
      ['GET', '/healthz'],
      ['GET', '/api/shop'],
      ['GET', '/api/nothing'],
      ['DELETE', '/api/orders'],
      ['OPTIONS', '/api/orders'],
      ['POST', '/api/orders'],
      ['GET', `/api/orders/${order.id}`],
      ['GET', `/api/orders/${order.id}`, token],
      ['POST', `/api/orders/${order.id}/cancel`, token],
      ['POST', '/notify/wechat', {}, 'a message'],
      ['POST', '/notify/wechat/refund', {}, 'a message'],
      ['GET', '/admin/api/orders'],
      ['GET', '/admin/api/orders', office],
      ['GET', '/admin/api/attention', office],
      ['GET', `/admin/api/orders/${order.id}`, office],
      ['GET', '/checkout/nothing'],
    ];
    for (const [method, path, head, body] of answers) {
      const answer = await ask(method, path, head, body);
      assert.equal(answer.headers.get('cache-control'), 'no-store', `${method} ${path}: ${answer.status}`);
    }
  });

  test('to a page may be read by a page of any site, with its date, version and pause', async () => {
    const order = await stage.shop.placePayable();
    const token = { authorization: `Bearer ${order.token}` };
    for (const [method, path, head] of [
      ['GET', '/api/shop'],
      ['GET', '/api/nothing'],
      ['POST', '/api/orders'],
      ['GET', `/api/orders/${order.id}`],
      ['GET', `/api/orders/${order.id}`, token],
      ['POST', `/api/orders/${order.id}/cancel`, token],
    ]) {
      const { headers, status } = await ask(method, path, head);
      assert.equal(headers.get('access-control-allow-origin'), '*', `${method} ${path}: ${status}`);
      assert.equal(headers.get('access-control-expose-headers'), 'date, etag, retry-after', `${method} ${path}: ${status}`);
      assert.equal(headers.get('access-control-allow-credentials'), null);
    }
  });

  test('says for a day to a page of any site that it may send whatever headers, for what a tracer adds is ignored; the files that the element fetches say so, too', async () => {
    const files = ['/widget/wechat-pay_bg.wasm', '/widget/wechat-pay.en.json'];
    for (const path of ['/api/orders', '/api/shop', '/api/orders/any', '/api/orders/any/cancel', ...files]) {
      const asked = { origin: 'https://shop.example', 'access-control-request-method': 'GET', 'access-control-request-headers': 'baggage,sentry-trace,traceparent' };
      const { status, headers } = await ask('OPTIONS', path, asked);
      assert.equal(status, 204, path);
      assert.equal(headers.get('access-control-allow-origin'), '*');
      assert.equal(headers.get('access-control-allow-methods'), 'GET, POST');
      assert.equal(headers.get('access-control-allow-headers'), '*, authorization, content-type, idempotency-key, if-none-match');
      assert.equal(headers.get('access-control-max-age'), '86400');
    }
  });

  test('to the merchant’s systems is none for pages', async () => {
    const office = { authorization: `Bearer ${BACK_OFFICE.vars.ADMIN_TOKEN}` };
    for (const path of ['/admin/api/orders', '/admin/api/attention']) {
      assert.equal((await ask('GET', path, office)).headers.get('access-control-allow-origin'), null, path);
      const asked = await ask('OPTIONS', path);
      assert.equal(asked.status, 405, 'no page may send its token');
    }
  });
});

describe('a file of the site', () => {
  const POLICY = {
    'default-src': "'none'",
    'script-src': "'self' 'wasm-unsafe-eval'",
    'style-src': "'self'",
    'img-src': "'self'",
    'connect-src': "'self'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    'require-trusted-types-for': "'script'",
    'trusted-types': "'none'",
  };
  const FILES = ['/', '/widget/', '/shop.js', '/catalog.json', '/img/favicon.svg'];
  const directives = (policy) => Object.fromEntries(policy.split('; ').map((text) => /^(\S+) (.*)$/.exec(text).slice(1)));

  test('runs, loads, sends and frames nothing but what is the site’s own', async () => {
    const { status, headers } = await ask('GET', '/');
    assert.equal(status, 200);
    assert.deepEqual(directives(headers.get('content-security-policy')), POLICY);
    // A page cannot say itself who may frame it.
    const { 'frame-ancestors': _frames, ...own } = POLICY;
    const gallery = await readFile(join(WWW, 'widget', 'index.html'), 'utf8');
    assert.deepEqual(directives(/http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(gallery)[1]), own);
  });

  test('is what it says it is, and tells other sites no more than where it comes from', async () => {
    const { headers } = await ask('GET', '/');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('referrer-policy'), 'strict-origin-when-cross-origin');
    assert.equal(headers.get('strict-transport-security'), 'max-age=31536000');
  });

  test('of a merchant has no header of ours, whatever its name is', async () => {
    for (const path of ['/shop.js', '/catalog.json', '/img/favicon.svg', '/widget/']) {
      const { status, headers } = await ask('GET', path);
      assert.equal(status, 200, path);
      for (const name of ['content-security-policy', 'referrer-policy', 'strict-transport-security', 'x-frame-options', 'access-control-allow-origin']) assert.equal(headers.get(name), null, `${name} of ${path}`);
    }
  });

  test('of the element may be loaded by every site, and measured there; the others are the site’s own', async () => {
    for (const path of ['/widget/wechat-pay.js', '/widget/wechat-pay_bg.wasm', '/widget/wechat-pay-fallback.js']) {
      const { status, headers } = await ask('GET', path);
      assert.equal(status, 200, path);
      assert.equal(headers.get('access-control-allow-origin'), '*', path);
      assert.equal(headers.get('cross-origin-resource-policy'), 'cross-origin', path);
      assert.equal(headers.get('timing-allow-origin'), '*', path);
    }
    for (const path of FILES) {
      const { headers } = await ask('GET', path);
      assert.equal(headers.get('access-control-allow-origin'), null, path);
    }
  });

  test('is asked for again by each visit, so that a shop and its element are of one day', async () => {
    for (const path of [...FILES, '/widget/wechat-pay.js']) {
      assert.equal((await ask('GET', path)).headers.get('cache-control'), 'public, max-age=0, must-revalidate', path);
    }
  });

  test('is not the file of headers', async () => assert.equal((await ask('GET', '/_headers')).status, 404));
});
