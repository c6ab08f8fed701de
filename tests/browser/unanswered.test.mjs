// A Worker that cannot be reached. Before a code was shown, the wait ends with an event. After that only the order ends it,
// because a person who has scanned the code may still pay. The test moves the page's clock.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inBrowser } from '../support/page/in-browser.mjs';
import { WidgetPage } from '../support/page/widget-page.mjs';
import { lines } from '../support/shop/catalog.mjs';

const PAGE = '<!doctype html><title>Maintenance</title>';

const at = inBrowser({ forgiven: true });

async function enter() {
  await at.openContext();
  return WidgetPage.open(at.context, at.stage.worker.url, {
    before: async (page) => {
      await page.clock.install();
      await page.routeWebSocket(/\/live$/, (socket) => socket.close());
    },
  });
}

const press = (shop, name) => shop.widget.getByRole('button', { name }).click();

test('an order whose every answer is lost ends after about a minute, and trying again finds that order', async () => {
  const shop = await enter();
  const keys = new Set();
  const tries = [];
  await shop.page.route('**/api/orders*', async (route) => {
    if (route.request().method() !== 'POST') return route.abort();
    keys.add(route.request().headers()['idempotency-key']);
    // The body is given, since Firefox's driver does not tell it.
    tries.push(await route.fetch({ postData: JSON.stringify({ lines: lines() }) }).then(() => 'arrived'));
    await route.abort();
  });
  const before = (await at.stage.gateway.orderNumbersSeen()).length;
  await press(shop, 'Pay with WeChat Pay');
  await shop.pass(20_000);
  assert.equal(await shop.state(), 'creating', 'not so soon');
  await shop.pass(110_000);
  assert.deepEqual(await shop.told(), ['error']);
  const { detail } = await shop.page.evaluate(() => globalThis.events[0]);
  assert.equal(detail.code, 'unavailable');
  assert.deepEqual([[6, 7].includes(tries.length), keys.size], [true, 1], `${tries.length} tries`);

  await shop.page.unroute('**/api/orders*');
  await shop.widget.evaluate((element) => void element.retry());
  await shop.pass(5_000);
  const { code_url: codeUrl } = await shop.showing();
  assert.equal((await at.stage.gateway.orderNumbersSeen()).length - before, 1, 'one order, placed once');
  await at.stage.gateway.pay(codeUrl);
  await shop.pass(20_000);
  await shop.says('Payment received');
});

for (const [what, answer] of [
  ['pages of HTML', (route) => route.fulfill({ status: 200, contentType: 'text/html', body: PAGE })],
  ['redirects', (route) => route.fulfill({ status: 302, headers: { location: 'https://www.example.com/' } })],
  ['404 and HTML', (route) => route.fulfill({ status: 404, contentType: 'text/html', body: PAGE })],
  ['JSON of another kind', (route) => route.fulfill({ status: 200, json: { ok: true } })],
  ['nothing at all', (route) => route.abort()],
]) {
  test(`once a code was shown, ten minutes of ${what} end nothing, and then the payment is seen`, async () => {
    const shop = await enter();
    const { code_url: codeUrl } = await shop.pay();
    await shop.page.route('**/api/orders{,/**,\\?*}', answer);
    await shop.pass(600_000, 10_000);
    assert.ok(['showing', 'checking'].includes(await shop.state()), await shop.state());
    assert.deepEqual(await shop.told(), ['ready']);
    await shop.says('The connection is unsteady. We keep trying.');
    assert.equal(await shop.canvas.isVisible(), true, 'the code can still be scanned');
    await at.stage.gateway.pay(codeUrl);
    await shop.page.unroute('**/api/orders{,/**,\\?*}');
    await shop.pass(130_000, 10_000);
    await shop.says('Payment received');
    assert.deepEqual(await shop.told(), ['ready', 'paid']);
  });
}
