// Paying where WebAssembly is forbidden. Where there is no JavaScript at all: no-script.test.mjs.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inBrowser } from '../support/page/in-browser.mjs';
import { fromPng, pixelsOf, quietZone } from '../support/page/qr.mjs';
import { POLICY, WidgetPage } from '../support/page/widget-page.mjs';

const WITHOUT_WASM = POLICY.replace(" 'wasm-unsafe-eval'", '');

// The browser reports what the policy forbids. The tests cause that on purpose; nothing else may go wrong.
const at = inBrowser({ forgiven: /wasm|WebAssembly/i });

async function enter(options) {
  await at.openContext();
  return WidgetPage.open(at.context, at.stage.worker.url, { policy: WITHOUT_WASM, ...options });
}

test('without WebAssembly the code is painted, the payment followed, and every event told', async () => {
  const shop = await enter();
  const order = await shop.pay();
  assert.equal(await shop.code(), order.code_url);
  assert.equal(fromPng(await shop.page.screenshot()), order.code_url, 'on the screen');
  assert.deepEqual(quietZone(await pixelsOf(shop.canvas)), [4, 4, 4, 4], 'the white border that scanners need is in the picture itself');
  await at.stage.gateway.pay(order.code_url);
  await shop.says('Payment received');
  assert.equal(await shop.canvas.isVisible(), false);
  assert.deepEqual(await shop.told(), ['ready', 'paid']);
  assert.deepEqual(new Set(shop.sent), new Set(['place', 'look']));
});

test('in Lockdown Mode, where there is no WebAssembly at all, it is the same', async () => {
  const shop = await enter({ policy: POLICY, before: (page) => page.addInitScript(() => delete globalThis.WebAssembly) });
  const order = await shop.pay();
  assert.equal(await shop.code(), order.code_url);
  await at.stage.gateway.pay(order.code_url);
  await shop.says('Payment received');
});

test('without WebAssembly the shopper’s word alone pays nothing, cancelling asks the Worker, and a new order can follow', async () => {
  const shop = await enter();
  const first = await shop.pay();
  await shop.widget.getByRole('button', { name: 'I have paid' }).click();
  await shop.says('Checking your payment…');
  await shop.widget.getByRole('button', { name: 'Cancel' }).click();
  await shop.says('Payment cancelled');
  assert.equal((await shop.order()).status, 'cancelled');
  await shop.widget.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
  await shop.showing();
  assert.notEqual((await shop.order()).id, first.id);
  assert.deepEqual(await shop.told(), ['ready', 'cancelled', 'ready']);
});

test('without WebAssembly expired is what the Worker says', async () => {
  const shop = await enter({ before: (page) => page.clock.install() });
  await shop.pay();
  await shop.page.route('**/api/orders/*', async (route) => {
    const answer = await route.fetch();
    const { code_url: _url, code: _code, ...view } = await answer.json();
    await route.fulfill({ response: answer, json: { ...view, status: 'expired', version: view.version + 1 } });
  });
  await shop.pass(20_000, 2000);
  await shop.says('This code has expired');
  assert.deepEqual(await shop.told(), ['ready', 'expired']);
});

test('without WebAssembly a Worker in trouble is told to the shopper, and asked less and less', async () => {
  const shop = await enter({ before: (page) => page.clock.install() });
  await shop.pay();
  await shop.page.route('**/api/orders/*', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', json: { code: 'unavailable' } }));
  await shop.pass(5_000);
  await shop.says('The connection is unsteady. We keep trying.');
  await shop.pass(175_000, 5_000);
  // tests/widget/fallback.test.mjs tests the exact pauses: seven or eight looks. This clock's steps may cost one look.
  const looks = shop.sent.filter((what) => what === 'look').length;
  assert.ok([6, 7, 8].includes(looks), shop.sent.join(' '));
  at.context.troubles = at.context.troubles.filter((trouble) => !trouble.includes('503'));
});
