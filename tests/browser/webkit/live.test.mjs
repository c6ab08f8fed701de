// How a payment reaches the page in WebKit: pushed over a WebSocket, or by polling where sockets are refused or forbidden.

import assert from 'node:assert/strict';

import { POLICY } from '../../support/page/widget-html.mjs';
import { until } from '../../support/until.mjs';
import { inWebKit, test } from '../../support/webkit/webkit.mjs';

const at = inWebKit();

test('under the strictest policy a payment is pushed, and nothing is asked for', async () => {
  const shop = await at.open();
  const { code_url } = await shop.pay();
  await until('the socket', () => at.proxy.sent().includes('socket'));
  await at.stage.gateway.pay(code_url);
  await shop.says('Payment received');
  assert.deepEqual(at.proxy.sent(), ['place', 'socket']);
});

test('where sockets are refused the page asks, and sees the payment', async () => {
  at.proxy.refusesSockets = true;
  const shop = await at.open();
  const { code_url } = await shop.pay();
  await at.stage.gateway.pay(code_url);
  await shop.says('Payment received');
  assert.deepEqual(await shop.told(), ['ready', 'paid']);
  assert.deepEqual(new Set(at.proxy.sent()), new Set(['place', 'socket', 'look']));
});

test('a policy whose connect-src allows no socket costs nothing but requests', async () => {
  // `'self'` would include sockets, so the policy names the origin's address with http instead.
  const shop = await at.open({ policy: POLICY.replace("connect-src 'self'", `connect-src ${at.proxy.url}/`) });
  const { code_url } = await shop.pay();
  await at.stage.gateway.pay(code_url);
  await shop.says('Payment received');
  assert.deepEqual(new Set(at.proxy.sent()), new Set(['place', 'look']));
  const violations = await shop.expected(/policy violated: connect-src by ws:/);
  assert.ok(violations.length >= 1, 'it was the policy');
});
