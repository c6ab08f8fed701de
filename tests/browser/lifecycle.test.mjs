// The element's life on its page: mounted and removed again, reloaded, opened twice, left and returned to.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ENGINE } from '../support/page/browsers.mjs';
import { inBrowser } from '../support/page/in-browser.mjs';
import { WidgetPage, widgetOf } from '../support/page/widget-page.mjs';
import { GOODS } from '../support/shop/catalog.mjs';
import { OFFER_KEY, anOffer } from '../support/shop/offer.mjs';
import { until } from '../support/until.mjs';

const at = inBrowser({ stage: { vars: { OFFER_KEY } }, browser: { whole: true } });

async function enter(options) {
  await at.openContext();
  return WidgetPage.open(at.context, at.stage.worker.url, options);
}

/** Counts what a page holds: timers, sockets, channels, observers, listeners of window and document. */
function takeStock() {
  const held = { timers: new Set(), sockets: new Set(), channels: new Set(), observers: new Set(), listeners: 0 };
  globalThis.held = () => ({
    timers: held.timers.size,
    sockets: [...held.sockets].filter(({ readyState }) => readyState < 2).length,
    channels: held.channels.size,
    observers: held.observers.size,
    listeners: held.listeners,
  });
  for (const [set, clear, once] of [['setTimeout', 'clearTimeout', true], ['setInterval', 'clearInterval', false]]) {
    const [setting, clearing] = [globalThis[set], globalThis[clear]];
    globalThis[set] = (work, ms, ...rest) => {
      const id = setting(() => {
        if (once) held.timers.delete(id);
        work(...rest);
      }, ms);
      held.timers.add(id);
      return id;
    };
    globalThis[clear] = (id) => {
      held.timers.delete(id);
      clearing(id);
    };
  }
  globalThis.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      held.sockets.add(this);
    }
  };
  globalThis.BroadcastChannel = class extends BroadcastChannel {
    constructor(name) {
      super(name);
      held.channels.add(this);
    }
    close() {
      held.channels.delete(this);
      super.close();
    }
  };
  globalThis.ResizeObserver = class extends ResizeObserver {
    observe(...args) {
      held.observers.add(this);
      super.observe(...args);
    }
    disconnect() {
      held.observers.delete(this);
      super.disconnect();
    }
  };
  for (const target of [window, document]) {
    const { addEventListener, removeEventListener } = target;
    target.addEventListener = (type, listener, options) => {
      held.listeners += 1;
      options?.signal?.addEventListener('abort', () => (held.listeners -= 1));
      return addEventListener.call(target, type, listener, options);
    };
    target.removeEventListener = (type, listener, options) => {
      held.listeners -= 1;
      return removeEventListener.call(target, type, listener, options);
    };
  }
}

test('a hundred elements come and go, paying or not, and leave nothing behind', async (t) => {
  const shop = await enter({ html: '<main></main>', before: (page) => page.addInitScript(takeStock) });
  const before = await shop.page.evaluate(() => globalThis.held());
  const heap = async () => {
    if (ENGINE !== 'chromium') return 0; // only Chromium reports it
    const session = await at.context.newCDPSession(shop.page);
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    return usedSize;
  };
  const mountMany = (count) =>
    shop.page.evaluate(
      async ({ sku, count }) => {
        const { mount } = await import('/widget/wechat-pay.js');
        const main = document.querySelector('main');
        for (let at = 0; at < count; at += 1) {
          // All have the same cart and so share one order: this tests the page, not the Worker.
          const pay = mount(main, { sku });
          if (at % 4 === 0) await pay.start();
          if (at % 4 === 1) pay.start();
          pay.remove();
        }
        await new Promise((tick) => requestAnimationFrame(() => setTimeout(tick, 50)));
      },
      { sku: GOODS.sku, count },
    );
  await mountMany(20);
  const early = await heap();
  await mountMany(100);
  const late = await heap();
  await until('nothing is left', async () => {
    assert.deepEqual(await shop.page.evaluate(() => globalThis.held()), before);
    return true;
  });
  t.diagnostic(`heap after 20 mounts ${Math.round(early / 1024)} KB, after 120 ${Math.round(late / 1024)} KB`);
  assert.ok(late - early < 1024 * 1024, `${late - early} bytes more`);
});

test('a reload finds the same order, and shows paid to whoever paid meanwhile', async () => {
  const shop = await enter();
  const order = await shop.pay();
  await shop.page.reload();
  assert.equal((await shop.pay()).id, order.id);
  await at.stage.gateway.pay(order.code_url);
  await shop.says('Payment received');
  await shop.page.reload();
  await shop.widget.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
  await shop.says('Payment received');
  assert.equal((await shop.order()).id, order.id);
  assert.equal(at.stage.gateway.ledger.orders.size > 0, true);
});

test('a second tab shows the same order, and both are paid at once', async () => {
  const first = await enter();
  const order = await first.pay();
  const second = await WidgetPage.open(at.context, at.stage.worker.url);
  assert.equal((await second.pay()).id, order.id);
  await at.stage.gateway.pay(order.code_url);
  await Promise.all([first, second].map((tab) => tab.says('Payment received')));
});

test('what one tab is told, a tab without a socket hears from it without asking', async () => {
  const first = await enter();
  const order = await first.pay();
  const second = await WidgetPage.open(at.context, at.stage.worker.url, {
    before: async (page) => {
      await page.clock.install();
      await page.routeWebSocket(/\/live$/, (socket) => socket.close());
    },
  });
  await second.widget.evaluate((element) => element.start());
  const sent = second.sent.length;
  await at.stage.gateway.pay(order.code_url);
  await second.says('Payment received');
  assert.equal(second.sent.slice(sent).filter((what) => what === 'look').length, 0);
});

test('left and returned to by the back button, the page goes on where it was', async () => {
  const shop = await enter({
    before: (page) => page.addInitScript(() => addEventListener('pageshow', ({ persisted }) => (globalThis.fromCache = persisted))),
  });
  const order = await shop.pay();
  await shop.page.goto(`${at.stage.worker.url}/img/favicon.svg`);
  await at.stage.gateway.pay(order.code_url);
  // A page from the cache loads nothing, so there is no event to wait for.
  await shop.page.goBack({ waitUntil: 'commit' });
  await until('the page is back', () => shop.page.evaluate(() => globalThis.fromCache !== undefined && document.readyState === 'complete'));
  const fromCache = await shop.page.evaluate(() => globalThis.fromCache);
  if (ENGINE === 'chromium') assert.equal(fromCache, true, 'nothing of the widget keeps the page out of the cache');
  // After a return from the cache the widget goes on by itself. After a new load it waits for the button.
  if (!fromCache) await shop.widget.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
  await shop.says('Payment received');
  assert.equal((await shop.order()).id, order.id);
});

test('pageshow out of the cache makes a running payment look and listen again at once', async () => {
  const shop = await enter();
  await shop.pay();
  await until('the socket', () => shop.sent.includes('socket'));
  await shop.page.evaluate(() => {
    dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
  });
  await until('another socket and a look', () => shop.sent.filter((what) => what === 'socket').length === 2 && shop.sent.includes('look'));
  const { code_url } = await shop.order();
  await at.stage.gateway.pay(code_url);
  await shop.says('Payment received');
});

test('moved within the page it goes on with the same order; another cart is another order', async () => {
  const shop = await enter({ html: `<main>${widgetOf()}</main><aside></aside>` });
  const order = await shop.pay();
  await shop.page.evaluate(() => document.querySelector('aside').append(document.querySelector('wechat-pay')));
  await shop.showing();
  assert.equal((await shop.order()).id, order.id);
  await shop.widget.evaluate((element) => (element.quantity = 2));
  await until('an order of two', async () => (await shop.order())?.amount.minor === 2 * GOODS.amount_minor);
  assert.notEqual((await shop.order()).id, order.id);
});

test('two elements of different goods on one page are two orders that do not disturb each other', async () => {
  const shop = await enter({ html: widgetOf() + widgetOf('quantity="2"') });
  const ids = await shop.page.evaluate(async () => {
    const elements = [...document.querySelectorAll('wechat-pay')];
    await Promise.all(elements.map((element) => element.start()));
    return elements.map(({ order }) => order.id);
  });
  assert.equal(new Set(ids).size, 2);
  await at.stage.gateway.pay((await shop.order()).code_url);
  await shop.says('Payment received');
  assert.equal(await shop.page.evaluate(() => document.querySelectorAll('wechat-pay')[1].state), 'showing');
});

test('methods return promises of the state, events bubble out of shadow roots, nothing rejects', async () => {
  const shop = await enter({ html: '<main></main>' });
  const told = await shop.page.evaluate(async (sku) => {
    const { mount } = await import('/widget/wechat-pay.js');
    const root = document.querySelector('main').attachShadow({ mode: 'open' });
    const pay = mount(root, { sku, quantity: 3, on: { ready: (event) => (globalThis.ready = event.detail.status) } });
    const reached = [await pay.start(), pay.getAttribute('state'), await pay.cancel(), await pay.retry(), globalThis.ready];
    pay.disabled = true;
    return [...reached, await pay.cancel(), await pay.start()];
  }, GOODS.sku);
  assert.deepEqual(told, ['showing', 'showing', 'cancelled', 'showing', 'awaiting_payment', 'cancelled', 'cancelled']);
  assert.deepEqual(await shop.told(), ['ready', 'cancelled', 'ready', 'cancelled']);
});

test('an order that the shop placed itself is shown by its number and token, and no second one can be had here', async () => {
  const { id, token } = await at.stage.shop.placePayable();
  const shop = await enter({ html: '<main></main>' });
  const showing = await shop.page.evaluate(async ({ id, token }) => {
    const { mount } = await import('/widget/wechat-pay.js');
    return mount(document.querySelector('main'), { orderId: id, token }).start();
  }, { id, token });
  assert.equal(showing, 'showing');
  assert.equal(await shop.code(), (await shop.order()).code_url);
  assert.deepEqual(shop.sent.filter((what) => what === 'place'), []);
  await shop.widget.getByRole('button', { name: 'Cancel' }).click();
  await shop.says('Payment cancelled');
  assert.equal(await shop.widget.getByRole('button').count(), 0, 'another order is the shop’s to make');
});

test('an order that the shop placed itself is seen paid; a wrong token is told', async () => {
  const { id, token } = await at.stage.shop.placePayable();
  const shop = await enter({ html: `<wechat-pay order-id="${id}" token="${token}" autostart></wechat-pay>` });
  await shop.showing();
  await at.stage.gateway.pay((await shop.order()).code_url);
  await shop.says('Payment received');
  await shop.widget.evaluate((element, token) => (element.token = token), `${token.slice(0, -2)}xx`);
  assert.equal(await shop.widget.evaluate((element) => element.start()), 'failed');
  at.context.troubles.length = 0; // the browser tells of the refusal
});

test('an offer that the shop has signed is paid at its own price; one that was tampered with is told', async () => {
  const claims = { sku: 'vase', name: 'A vase, the last one', amount: 12_300, currency: 'HKD', max_quantity: 2 };
  const offer = await anOffer(claims);
  const shop = await enter({ html: `<wechat-pay offer="${offer}" quantity="2"></wechat-pay>` });
  const { id, amount, code_url } = await shop.pay();
  assert.equal(amount.minor, 24_600);
  await shop.page.reload();
  assert.equal((await shop.pay()).id, id);
  await at.stage.gateway.pay(code_url);
  await shop.says('Payment received');
  const [header, body, signature] = offer.split('.');
  const cheaper = Buffer.from(Buffer.from(body, 'base64url').toString().replace('12300', '00001')).toString('base64url');
  await shop.widget.evaluate((element, offer) => (element.offer = offer), `${header}.${cheaper}.${signature}`);
  assert.equal(await shop.widget.evaluate((element) => element.start()), 'failed');
  await shop.says('The shop does not accept this order. You were not charged.');
  at.context.troubles.length = 0; // the browser tells of the refusal
});

test('an order that the shop placed itself counts before an offer, an offer before lines, those before goods', async () => {
  const { id, token } = await at.stage.shop.placePayable();
  const offer = await anOffer({ sku: 'vase', name: 'A vase', amount: 12_300, currency: 'HKD' });
  const shop = await enter({ html: `<wechat-pay sku="${GOODS.sku}" offer="${offer}" order-id="${id}" token="${token}"></wechat-pay>` });
  await shop.widget.evaluate((element, sku) => (element.lines = [{ sku, quantity: 2 }]), GOODS.sku);
  assert.equal((await shop.pay()).id, id);
  const without = (name, minor) =>
    until(`${minor} is to be paid without ${name}`, async () => {
      await shop.widget.evaluate((element, name) => (element[name] = null), name);
      return (await shop.order())?.amount.minor === minor;
    });
  await without('orderId', 12_300);
  await without('offer', 2 * GOODS.amount_minor);
  await without('lines', GOODS.amount_minor);
});
