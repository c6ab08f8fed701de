// Paying where WebAssembly is forbidden, in WebKit.

import assert from 'node:assert/strict';

import { quietZone } from '../../support/page/qr.mjs';
import { POLICY } from '../../support/page/widget-html.mjs';
import { inWebKit, test } from '../../support/webkit/webkit.mjs';

const at = inWebKit();

test('without WebAssembly, by the page’s policy, the code is painted, the payment followed, and every event told', async () => {
  const shop = await at.open({ policy: POLICY.replace(" 'wasm-unsafe-eval'", '') });
  const order = await shop.pay();
  assert.equal(await shop.code(), order.code_url);
  assert.equal(await shop.codeOnScreen(), order.code_url);
  assert.deepEqual(quietZone(await shop.pixels()), [4, 4, 4, 4], 'the white border that scanners need is in the picture itself');
  await at.stage.gateway.pay(order.code_url);
  await shop.says('Payment received');
  assert.deepEqual(await shop.told(), ['ready', 'paid']);
  assert.deepEqual(new Set(at.proxy.sent()), new Set(['place', 'look']));
  assert.equal((await shop.expected(/goes on without WebAssembly/)).length, 1, 'the merchant is told, in the console');
});

test('in Lockdown Mode, where there is no WebAssembly at all, it is the same', async () => {
  const shop = await at.open({ first: () => delete globalThis.WebAssembly });
  const order = await shop.pay();
  assert.equal(await shop.code(), order.code_url);
  await at.stage.gateway.pay(order.code_url);
  await shop.says('Payment received');
  assert.ok(at.proxy.seen.includes('GET /widget/wechat-pay-fallback.js'));
});
