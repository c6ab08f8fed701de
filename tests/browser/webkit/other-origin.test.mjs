// A shop in WebKit at another origin than the Worker, with the strictest policy.

import assert from 'node:assert/strict';

import { pageWith, widgetOf } from '../../support/page/widget-html.mjs';
import { until } from '../../support/until.mjs';
import { FIRST_SCRIPT } from '../../support/webkit/proxy.mjs';
import { inWebKit, test } from '../../support/webkit/webkit.mjs';

const at = inWebKit();

test('a payment goes through, pushed, without one violation', async () => {
  const { url } = at.proxy;
  const policy = [
    "default-src 'none'",
    `script-src ${url} 'wasm-unsafe-eval'`,
    `connect-src ${url} ${url.replace('http', 'ws')}`,
    "img-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
  // The test's own script comes from the Worker's origin, too, because the policy allows no script of the shop.
  const head = `<script src="${url}${FIRST_SCRIPT}"></script>`;
  const page = pageWith(widgetOf(), { head, script: `${url}/widget/wechat-pay.js` });
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy, 'referrer-policy': 'no-referrer' };
  at.proxy.answer(/^\/shop$/, () => ({ headers, body: page, isWhole: true }));
  const shop = await at.openTab(url.replace('127.0.0.1', 'localhost') + '/shop');
  const order = await shop.pay();
  assert.equal(await shop.code(), order.code_url);
  assert.equal(await shop.run(() => new URL(document.querySelector('wechat-pay').endpoint).origin !== location.origin), true);
  await until('the socket', () => at.proxy.sent().includes('socket'));
  await at.stage.gateway.pay(order.code_url);
  await shop.says('Payment received');
  assert.deepEqual(new Set(at.proxy.sent()), new Set(['place', 'socket']), 'nothing was asked for');
});
