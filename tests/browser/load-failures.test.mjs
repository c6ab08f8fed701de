// Something that the page needs is slow, missing or forbidden: the wasm, the words, the storage, the address. Or the Worker
// refuses what it has just allowed. Nothing is lost, and the page tells the shopper.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inBrowser } from '../support/page/in-browser.mjs';
import { WidgetPage, widgetOf } from '../support/page/widget-page.mjs';
import { until } from '../support/until.mjs';

const at = inBrowser({ forgiven: true });

async function enter(options) {
  await at.openContext();
  return WidgetPage.open(at.context, at.stage.worker.url, options);
}

/** Holds the requests that fit the pattern until the returned function is called. */
async function heldBack(page, pattern) {
  let release;
  const released = new Promise((resolve) => (release = resolve));
  await page.route(pattern, async (route) => {
    await released;
    await route.continue();
  });
  return release;
}

test('pressed before the module has arrived, the button says so at once, and one order is placed', async () => {
  const before = at.stage.gateway.ledger.orders.size;
  let release;
  const shop = await enter({ before: async (page) => (release = await heldBack(page, '**/wechat-pay_bg.wasm')) });
  await shop.widget.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
  await shop.says('Preparing your code…');
  assert.equal(await shop.state(), 'creating');
  // If the element is moved meanwhile, it is still the same payment.
  await shop.page.evaluate(() => document.body.append(document.querySelector('wechat-pay')));
  release();
  const { id } = await shop.showing();
  assert.deepEqual([...at.stage.gateway.ledger.orders.keys()].slice(before), [id]);
});

test('cancelled before the module has arrived it is over, and can begin anew', async () => {
  let release;
  const shop = await enter({ before: async (page) => (release = await heldBack(page, '**/wechat-pay_bg.wasm')) });
  await shop.widget.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
  await shop.widget.getByRole('button', { name: 'Cancel' }).click();
  await shop.says('Payment cancelled');
  release();
  await shop.pay();
  assert.deepEqual(await shop.told(), ['cancelled', 'ready']);
  assert.equal(await shop.page.evaluate(() => globalThis.events[0].detail), null, 'there was no order yet');
});

test('neither module nor fallback can be had: the shopper is told, and the button tries again', async () => {
  let away = true;
  const shop = await enter({
    before: (page) => page.route(/wechat-pay(_bg\.wasm|-fallback\.js)/, (route) => (away ? route.abort() : route.continue())),
  });
  await shop.widget.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
  await shop.says('If you have already paid, do not pay again and contact the shop.');
  assert.equal((await shop.page.evaluate(() => globalThis.events.at(-1).detail)).code, 'unloaded');
  away = false;
  await shop.widget.getByRole('button', { name: 'Try again' }).click();
  await shop.showing();
});

test('a page that forbids WebAssembly is told in the console how to allow it, and goes on', async () => {
  const warnings = [];
  const shop = await enter({
    policy: "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self'",
    before: (page) => page.on('console', (message) => message.type() === 'warning' && warnings.push(message.text())),
  });
  await shop.pay();
  assert.equal(warnings.filter((text) => text.includes("'wasm-unsafe-eval'")).length, 1);
});

test('where no words ever come, be it that they fail or hang, the button says WeChat Pay, and the payment is made', async () => {
  for (const answer of [(route) => route.abort(), () => {}]) {
    const shop = await enter({ before: (page) => page.route('**/wechat-pay.*.json', answer) });
    await shop.widget.getByRole('button', { name: 'WeChat Pay' }).click();
    const order = await until('the code', () => shop.widget.evaluate(({ state, order }) => state === 'showing' && order));
    assert.equal(await shop.code(), order.code_url);
    await at.stage.gateway.pay(order.code_url);
    await until('paid', async () => (await shop.state()) === 'paid');
    await at.context.close();
  }
});

test('words that cannot be loaded come later, and the payment goes on without them', async () => {
  let away = true;
  const shop = await enter({
    before: (page) => page.route(/wechat-pay\.en\.json/, (route) => (away ? route.abort() : route.continue())),
  });
  assert.equal(await shop.widget.evaluate((element) => element.start()), 'showing');
  away = false;
  await shop.showing();
  await at.stage.gateway.pay((await shop.order()).code_url);
  await shop.says('Payment received');
});

test('a language that cannot be loaded leaves the words of before, and a payment is still seen', async () => {
  const shop = await enter({ before: (page, shop) => page.route(/wechat-pay\.(de|en)\.json/, (route) => (shop.cut ? route.abort() : route.continue())) });
  const { code_url } = await shop.pay();
  shop.cut = true;
  await shop.widget.evaluate((element) => (element.lang = 'de'));
  await at.stage.gateway.pay(code_url);
  await shop.says('Payment received');
  assert.equal(await shop.state(), 'paid');
});

test('an endpoint that is no address is told as the shop’s mistake, and the element can go', async () => {
  const shop = await enter({ html: widgetOf('endpoint="https://"') });
  assert.equal(await shop.widget.evaluate((element) => element.start()), 'failed');
  const { code, message } = await shop.page.evaluate(() => globalThis.events.at(-1).detail);
  assert.deepEqual([code, message], ['shop_misconfigured', 'The endpoint is no address.']);
  await shop.widget.evaluate((element) => element.remove());
  assert.equal(at.context.troubles.length, 1);
  assert.match(at.context.troubles[0], /^console: <wechat-pay> shop_misconfigured: The endpoint is no address\./, 'for whoever made the page');
});

test('once there was a code a Worker that refuses everything is trouble, never "you were not charged"', async () => {
  const shop = await enter({
    before: async (page) => {
      await page.routeWebSocket(/\/live$/, (socket) => socket.close());
      await page.route('**/api/orders/**', (route) => (shop.refused ? route.fulfill({ status: 403, json: {} }) : route.continue()));
      await page.route('**/api/orders*', (route) => (shop.refused ? route.fulfill({ status: 403, json: {} }) : route.continue()));
    },
  });
  const { code_url } = await shop.pay();
  shop.refused = true;
  await shop.widget.getByRole('button', { name: 'I have paid' }).click();
  await shop.says('The connection is unsteady. We keep trying.');
  assert.equal(await shop.code(), code_url, 'the code can still be scanned');
  await at.stage.gateway.pay(code_url);
  shop.refused = false;
  await shop.widget.evaluate((element) => element.start());
  await shop.says('Payment received');
  assert.deepEqual(await shop.told(), ['ready', 'paid']);
});

test('a cancelling the Worker does not answer warns whoever has paid, and paying again finds the same order', async () => {
  const shop = await enter({
    before: (page) => page.route('**/api/orders/*/cancel', (route) => route.fulfill({ status: 403, json: {} })),
  });
  const { id, code_url } = await shop.pay();
  await shop.widget.getByRole('button', { name: 'Cancel' }).click();
  await shop.says('If you have already paid, do not pay again and contact the shop.');
  await at.stage.gateway.pay(code_url);
  await shop.widget.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
  await shop.says('Payment received');
  assert.equal((await shop.order()).id, id);
});

test('whoever comes back after hours buys anew instead of being shown an old payment', async () => {
  const shop = await enter();
  const { id, code_url } = await shop.pay();
  await at.stage.gateway.pay(code_url);
  await shop.page.evaluate(() => {
    const keys = JSON.parse(localStorage.getItem('wechat-pay'));
    for (const key of Object.values(keys)) key.at -= 4 * 3600_000;
    localStorage.setItem('wechat-pay', JSON.stringify(keys));
  });
  const later = await WidgetPage.open(at.context, at.stage.worker.url);
  assert.notEqual((await later.pay()).id, id);
});

test('where storage is full, a request that was lost is repeated with the same key', async () => {
  const keys = [];
  const shop = await enter({
    before: async (page) => {
      await page.addInitScript(() => {
        localStorage.setItem('wechat-pay', '{}');
        Storage.prototype.setItem = () => {
          throw new DOMException('full', 'QuotaExceededError');
        };
      });
      await page.route('**/api/orders*', (route) => {
        if (route.request().method() !== 'POST') return route.continue(); // the test whether anything answers there
        keys.push(route.request().headers()['idempotency-key']);
        return keys.length === 1 ? route.abort() : route.continue();
      });
    },
  });
  await shop.pay();
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
});

test('after removal nothing ticks, whatever is set on the element', async () => {
  const shop = await enter({ before: (page) => page.addInitScript(() => {
    globalThis.ticking = new Set();
    const { setInterval, clearInterval } = globalThis;
    globalThis.setInterval = (...values) => {
      const id = setInterval(...values);
      globalThis.ticking.add(id);
      return id;
    };
    globalThis.clearInterval = (id) => {
      globalThis.ticking.delete(id);
      clearInterval(id);
    };
  }) });
  await shop.pay();
  const ticking = () => shop.page.evaluate(() => globalThis.ticking.size);
  await until('it ticks', async () => (await ticking()) > 0);
  await shop.page.evaluate(async () => {
    const pay = document.querySelector('wechat-pay');
    pay.lang = 'fr';
    pay.remove();
    pay.texts = { pay: 'Buy' };
    pay.lang = 'de';
    await fetch('/widget/wechat-pay.fr.json').then((answer) => answer.text());
    await new Promise((tick) => requestAnimationFrame(() => requestAnimationFrame(tick)));
  });
  assert.equal(await ticking(), 0);
  assert.equal(await shop.page.evaluate(async () => {
    const never = document.createElement('wechat-pay');
    return never.cancel();
  }), 'idle');
});
