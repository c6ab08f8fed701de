// A device that is offline, a page that nobody looks at, a Worker that is overloaded or broken. Sockets are blocked, so that
// everything depends on polling.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inBrowser } from '../support/page/in-browser.mjs';
import { WidgetPage } from '../support/page/widget-page.mjs';
import { until } from '../support/until.mjs';
import { setStageWithClock } from '../support/worker/moved-clock.mjs';

/** The requests in three minutes, with the one that places the order. The README has this number. */
const IN_THREE_MINUTES = 8;

const at = inBrowser({ set: setStageWithClock, forgiven: true });

async function showing() {
  await at.openContext();
  const shop = await WidgetPage.open(at.context, at.stage.worker.url, {
    before: async (page) => {
      await page.clock.install();
      await page.routeWebSocket(/\/live$/, (socket) => socket.close());
    },
  });
  await shop.pay();
  return shop;
}

for (const [status, words] of [
  [429, 'Too many orders at once. We keep trying.'],
  [500, 'The connection is unsteady. We keep trying.'],
]) {
  test(`an answer of ${status} slows the page down, and the shopper is told within five seconds`, async () => {
    const shop = await showing();
    await shop.page.route('**/api/orders/*', (route) => route.fulfill({ status, contentType: 'application/problem+json', json: { code: 'played' } }));
    await shop.pass(5_000);
    await shop.says(words);
    assert.equal(await shop.canvas.isVisible(), true, 'the code can still be paid');
    await shop.pass(175_000, 5_000);
    assert.equal(shop.sent.length, IN_THREE_MINUTES, shop.sent.join(' '));
    await shop.page.unroute('**/api/orders/*');
    await shop.pass(75_000, 5_000);
    await until('the trouble is over', () => shop.widget.getByText(words).isHidden());
    assert.deepEqual(await shop.told(), ['ready']);
  });
}

test('Retry-After is obeyed', async () => {
  const shop = await showing();
  await shop.page.route('**/api/orders/*', (route) =>
    route.fulfill({ status: 429, contentType: 'application/problem+json', headers: { 'retry-after': '40' }, json: { code: 'too_many_requests' } }),
  );
  await shop.pass(5_000);
  await shop.says('Too many orders at once. We keep trying.');
  const sent = shop.sent.length;
  await shop.pass(30_000, 5_000);
  assert.equal(shop.sent.filter((what) => what !== 'socket').length, sent - shop.sent.slice(0, sent).filter((what) => what === 'socket').length);
});

test('offline the page says so at once and asks ever more rarely; back, it asks at once', async () => {
  const shop = await showing();
  await at.context.setOffline(true);
  await shop.says('You are offline. We continue as soon as you are back.');
  const sent = shop.sent.length;
  await shop.pass(180_000, 5_000);
  const asked = shop.sent.slice(sent).filter((what) => what === 'look').length;
  assert.ok([5, 6, 7].includes(asked), String(asked));
  await shop.says('You are offline. We continue as soon as you are back.');
  await at.stage.gateway.pay((await shop.order()).code_url);
  await at.context.setOffline(false);
  await shop.says('Payment received');
});

test('a device that calls itself offline on a network that works is told what becomes of the payment', async () => {
  const shop = await showing();
  await shop.page.evaluate(() => {
    Object.defineProperty(navigator, 'onLine', { configurable: true, get: () => false });
    dispatchEvent(new Event('offline'));
  });
  await until('the first answer proves the device wrong', () => shop.widget.getByText('You are offline').isHidden());
  await at.stage.gateway.pay((await shop.order()).code_url);
  await shop.pass(20_000);
  await shop.says('Payment received');
});

test('hidden the page slows down but never stops; seen again, it asks at once', async () => {
  const shop = await showing();
  await shop.hide(true);
  const before = shop.sent.length;
  await shop.pass(180_000, 5_000, at.stage.goAhead);
  const asked = shop.sent.slice(before).filter((what) => what === 'look').length;
  assert.ok([7, 8, 9].includes(asked), String(asked));
  await at.stage.gateway.pay((await shop.order()).code_url);
  await shop.hide(false);
  await shop.pass(1_000);
  await shop.says('Payment received');
});
