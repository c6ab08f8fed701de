// The element as a merchant's page handles it: attributes and properties, slots, looks, events, the promises of its methods,
// and what happens to a payment when the page removes the element, puts it back or sells something else.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { ENGINE, SIZES } from '../support/page/browsers.mjs';
import { inBrowser } from '../support/page/in-browser.mjs';
import { WidgetPage, widgetOf } from '../support/page/widget-page.mjs';
import { ROOT } from '../support/project.mjs';
import { GOODS, OTHER_GOODS } from '../support/shop/catalog.mjs';
import { until } from '../support/until.mjs';

// The tests refuse requests or leave files out on purpose. The browser's messages about that are not troubles.
const at = inBrowser({ forgiven: /\/api\/orders|status of 4\d\d/ });

/** Opens a page of the shop. `shop.placed()` has the key and the lines of each order request, as the page sent them. */
async function enter({ size, ...options } = {}) {
  await at.openContext({ size });
  await at.context.addInitScript(() => {
    const { fetch } = globalThis;
    globalThis.placed = [];
    globalThis.fetch = (url, init) => {
      if (/api.orders(\?|$)/.test(url)) globalThis.placed.push({ key: init.headers['Idempotency-Key'], ...JSON.parse(init.body) });
      return fetch(url, init);
    };
  });
  const shop = await WidgetPage.open(at.context, at.stage.worker.url, options);
  return Object.assign(shop, { placed: () => shop.page.evaluate(() => globalThis.placed) });
}

const payButton = (shop) => shop.widget.locator('[part~=pay]');

/** Refuses every order until the returned function is called. */
async function refusing(shop) {
  await shop.page.route('**/api/orders*', (route) => route.fulfill({ status: 422, contentType: 'application/problem+json', json: { code: 'unknown_sku', detail: 'none of these' } }));
  return () => shop.page.unroute('**/api/orders*');
}

/** Holds every order request until the returned function is called. */
async function holding(shop) {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await shop.page.route('**/api/orders*', async (route) => {
    await held;
    await route.continue().catch(() => {}); // the page may have aborted the request
  });
  return release;
}

/** Every look finds the order as `change` makes it. */
async function looksFind(shop, change) {
  await shop.page.route(/\/api\/orders\/[^/]+$/, async (route) => {
    const response = await route.fetch();
    const view = await response.json();
    await route.fulfill({ response, json: { ...view, version: view.version + 1, ...change } });
  });
}

/** Waits for everything that is in flight in the page: two frames and an answer of the Worker. */
const settled = (shop) =>
  shop.page.evaluate(async () => {
    await new Promise((frame) => requestAnimationFrame(() => requestAnimationFrame(frame)));
    await fetch('/healthz', { cache: 'no-store' });
  });

describe('attributes and properties', () => {
  test('mirror each other both ways; null and undefined take the attribute away', async () => {
    const shop = await enter();
    const mirrored = await shop.page.evaluate(() => {
      const pay = document.createElement('wechat-pay');
      const rows = {};
      for (const [name, value, other, attribute = name] of [
        ['endpoint', 'https://one.example', 'https://two.example'],
        ['sku', 'one', 'two'],
        ['quantity', 3, '4'],
        ['offer', 'one', 'two'],
        ['orderId', 'one', 'two', 'order-id'],
        ['token', 'one', 'two'],
        ['theme', 'dark', 'light'],
        ['autostart', true, ''],
        ['disabled', true, ''],
      ]) {
        pay[name] = value;
        const written = pay.getAttribute(attribute);
        pay.setAttribute(attribute, other);
        const read = pay[name];
        const left = [null, undefined].map((nothing) => {
          pay[name] = value;
          pay[name] = nothing;
          return pay.getAttribute(attribute);
        });
        rows[name] = [written, String(read), ...left];
      }
      return rows;
    });
    assert.deepEqual(mirrored, {
      endpoint: ['https://one.example', 'https://two.example', null, null],
      sku: ['one', 'two', null, null],
      quantity: ['3', '4', null, null],
      offer: ['one', 'two', null, null],
      orderId: ['one', 'two', null, null],
      token: ['one', 'two', null, null],
      theme: ['dark', 'light', null, null],
      autostart: ['', 'true', null, null],
      disabled: ['', 'true', null, null],
    });
  });

  test('without an endpoint it is where the script came from; state and order cannot be set', async () => {
    const shop = await enter({ html: widgetOf('quantity="4"') });
    const read = await shop.widget.evaluate((pay) => {
      for (const name of ['state', 'order']) {
        try {
          pay[name] = 'paid';
        } catch {
          // Only modules get this error. In other scripts the assignment does nothing.
        }
      }
      return { endpoint: pay.endpoint, state: pay.state, order: pay.order, lines: pay.lines, lang: pay.lang };
    });
    assert.deepEqual(read, { endpoint: at.stage.worker.url, state: 'idle', order: null, lines: [{ sku: GOODS.sku, quantity: 4 }], lang: '' });
  });

  test('set before the element is defined, they count all the same', async () => {
    const shop = await enter({
      html: '<wechat-pay></wechat-pay>',
      before: (page) =>
        page.addInitScript((sku) => {
          // The parser reads the element before the module that defines it has run.
          new MutationObserver((_, observer) => {
            const pay = document.querySelector('wechat-pay');
            if (!pay) return;
            observer.disconnect();
            globalThis.definedBefore = Boolean(customElements.get('wechat-pay'));
            Object.assign(pay, { sku, quantity: 2, theme: 'dark', disabled: true, texts: { pay: 'Buy tea' } });
          }).observe(document, { childList: true, subtree: true });
        }, GOODS.sku),
    });
    await shop.says('Buy tea');
    assert.equal(await shop.page.evaluate(() => globalThis.definedBefore), false);
    assert.equal(await payButton(shop).isDisabled(), true);
    assert.equal(await shop.widget.evaluate((pay) => pay.outerHTML), `<wechat-pay sku="${GOODS.sku}" quantity="2" theme="dark" disabled=""></wechat-pay>`);
    await shop.widget.evaluate((pay) => ((pay.disabled = false), pay.start()));
    assert.deepEqual((await shop.placed())[0].lines, [{ sku: GOODS.sku, quantity: 2 }]);
  });

  test('lines are bought instead of sku and quantity, for as long as they are set', async () => {
    const shop = await enter({ html: widgetOf('quantity="3"') });
    const both = [{ sku: GOODS.sku, quantity: 1 }, { sku: OTHER_GOODS.sku, quantity: 2 }];
    await shop.widget.evaluate((pay, lines) => {
      pay.lines = lines;
      return pay.start();
    }, both);
    const { id, amount } = await shop.order();
    assert.equal(amount.minor, GOODS.amount_minor + 2 * OTHER_GOODS.amount_minor);
    await shop.widget.evaluate((pay, lines) => (pay.lines = lines), both); // like frameworks: a new list with the same lines
    await settled(shop);
    assert.deepEqual([await shop.state(), (await shop.order()).id], ['showing', id]);
    await shop.widget.evaluate(async (pay) => {
      await pay.cancel();
      pay.lines = null;
      return pay.start();
    });
    assert.equal((await shop.order()).amount.minor, 3 * GOODS.amount_minor);
    assert.deepEqual((await shop.placed()).map(({ lines }) => lines), [both, [{ sku: GOODS.sku, quantity: 3 }]]);
  });

  test('texts replace single words, also while they are shown; without them the table’s are back', async () => {
    const shop = await enter();
    await shop.widget.evaluate((pay) => (pay.texts = { pay: 'Buy tea', scan: 'Now scan, for {amount}' }));
    await shop.widget.getByRole('button', { name: 'Buy tea' }).click();
    await shop.widget.getByText(/^Now scan, for HK\$\s?88\.00$/).waitFor();
    await shop.widget.getByRole('button', { name: 'I have paid' }).waitFor();
    await shop.widget.evaluate((pay) => (pay.texts = null));
    await shop.showing();
  });

  test('theme is the device’s until it is said', async () => {
    const shop = await enter();
    const dark = () => shop.widget.evaluate((pay) => getComputedStyle(pay.shadowRoot.querySelector('[part=box]')).colorScheme === 'dark');
    const seen = [];
    // Firefox's driver cannot switch a light device to dark.
    for (const device of ENGINE === 'chromium' ? ['light', 'dark'] : ['light']) {
      await shop.page.emulateMedia({ colorScheme: device });
      for (const theme of [null, 'light', 'dark']) {
        await shop.widget.evaluate((pay, theme) => (pay.theme = theme), theme);
        seen.push(await dark());
      }
    }
    assert.deepEqual(seen, [false, false, true, true, false, true].slice(0, seen.length));
  });

  test('autostart orders by itself, also when it is added later; never while disabled', async () => {
    const shop = await enter({ html: widgetOf('autostart') + widgetOf('quantity="2"') + widgetOf('quantity="3" autostart disabled') });
    await shop.showing();
    const [, second, third] = await shop.page.locator('wechat-pay').all();
    await second.evaluate((pay) => (pay.autostart = true));
    await second.getByText('Scan with WeChat to pay').waitFor();
    await settled(shop);
    assert.equal(await third.evaluate((pay) => pay.state), 'idle');
    assert.deepEqual((await shop.placed()).map(({ lines }) => lines[0].quantity), [1, 2]);
  });

  test('a page that the browser only prepares orders nothing until it is opened', async () => {
    const shop = await enter({
      html: widgetOf('autostart'),
      before: (page) => page.addInitScript(() => Object.defineProperty(document, 'prerendering', { get: () => !globalThis.opened })),
    });
    await payButton(shop).waitFor();
    await settled(shop);
    assert.deepEqual([await shop.state(), await shop.placed()], ['idle', []]);
    await shop.page.evaluate(() => {
      globalThis.opened = true;
      document.dispatchEvent(new Event('prerenderingchange'));
    });
    await shop.showing();
  });

  test('disabled, the button cannot be pressed and start() does nothing', async () => {
    const shop = await enter({ html: widgetOf('disabled') });
    assert.equal(await payButton(shop).isDisabled(), true);
    assert.equal(await shop.widget.evaluate((pay) => pay.start()), 'idle');
    await settled(shop);
    assert.deepEqual(await shop.placed(), []);
    await shop.widget.evaluate((pay) => pay.removeAttribute('disabled'));
    await shop.pay();
  });
});

describe('slots and looks', () => {
  test('what a merchant puts into the slots is seen in its states only', async () => {
    const slots = ['header', 'success', 'error', 'other'];
    const shop = await enter({
      size: SIZES.phone,
      html: `<meta name="viewport" content="width=device-width"><wechat-pay sku="${GOODS.sku}">${slots.map((slot) => `<p slot="${slot}">my ${slot}</p>`).join('')}</wechat-pay>`,
    });
    const seen = () => shop.page.evaluate(() => [...document.querySelectorAll('[slot]')].filter((each) => each.checkVisibility()).map(({ slot }) => slot));
    await payButton(shop).waitFor();
    assert.deepEqual(await seen(), ['header']);
    const release = await refusing(shop);
    await payButton(shop).click();
    await shop.says('Payment is not possible');
    assert.deepEqual(await seen(), ['header', 'error']);
    await release();
    await shop.widget.getByRole('button', { name: 'Try again' }).click();
    const { code_url } = await shop.showing();
    assert.deepEqual(await seen(), ['header'], 'another way to pay is behind the question');
    if (ENGINE === 'chromium') {
      // Firefox's driver cannot imitate a phone.
      await shop.widget.getByText('Paying on this phone?').click();
      assert.deepEqual(await seen(), ['header', 'other']);
    }
    await at.stage.gateway.pay(code_url);
    await shop.says('Payment received');
    assert.deepEqual(await seen(), ['header', 'success']);
  });

  test('every part that the README names can be styled; no part or slot is there that it does not name', async () => {
    const shop = await enter();
    const { parts: all, slots } = looks();
    // A link to a file is there once an order of files is paid: downloads.test.mjs.
    const parts = all.filter((part) => part !== 'download');
    const found = await shop.widget.evaluate((pay, parts) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(parts.map((part) => `wechat-pay::part(${part}) { --seen-${part}: yes }`).join('\n'));
      document.adoptedStyleSheets = [sheet];
      const elements = [...pay.shadowRoot.querySelectorAll('[part]')];
      return {
        styled: parts.filter((part) => elements.some((element) => getComputedStyle(element).getPropertyValue(`--seen-${part}`) === 'yes')),
        parts: [...new Set(elements.flatMap((element) => [...element.part]))].sort(),
        slots: [...pay.shadowRoot.querySelectorAll('slot')].map(({ name }) => name).sort(),
      };
    }, parts);
    assert.deepEqual(found, { styled: parts, parts: [...parts].sort(), slots: slots.sort() });
  });

  test('every custom property that the README names is seen in some state', async () => {
    const shop = await enter();
    const values = Object.fromEntries(looks().properties.map((name) => [name, VALUES[name] ?? 'rgb(1, 2, 3)']));
    const effective = new Set();
    const look = async () => (await shop.widget.evaluate(whatShows, values)).forEach((name) => effective.add(name));
    await payButton(shop).waitFor();
    await look();
    const { code_url } = await shop.pay();
    await at.context.setOffline(true);
    await shop.says('You are offline. We continue as soon as you are back.');
    await look();
    await at.context.setOffline(false);
    await at.stage.gateway.pay(code_url);
    await shop.says('Payment received');
    await look();
    assert.deepEqual([...effective].sort(), Object.keys(values).sort());
  });
});

/** The properties that the README's section on looks names. */
function looks() {
  const readme = readFileSync(join(ROOT, 'crates', 'widget', 'README.md'), 'utf8');
  const [, section] = /\n## Looks\n([^]*?)\n## /.exec(readme);
  const named = (from, to) => {
    const [, text] = new RegExp(`${from}:([^]*?)${to}`).exec(section);
    return [...text.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name);
  };
  const properties = named('Custom properties', 'The code itself').map((name) => (name.startsWith('--') ? name : `--wechat-pay${name}`));
  const found = { parts: named('Shadow parts', 'Slots'), slots: named('Slots', 'Custom properties'), properties };
  assert.ok(found.parts.length > 10 && found.slots.length > 2 && found.properties.length > 10, JSON.stringify(found));
  return found;
}

/** Values for properties that are not colours. Nothing on the page has these values otherwise. */
const VALUES = {
  '--wechat-pay-font': '19.25px monospace',
  '--wechat-pay-radius': '33.25px',
  '--wechat-pay-padding': '41.25px',
  '--wechat-pay-max-width': '311.25px',
  '--wechat-pay-code-size': '197.25px',
};

/** Runs in the page: sets each property and returns those whose value then is in the computed style of a visible part. */
function whatShows(pay, values) {
  const seen = [pay, ...pay.shadowRoot.querySelectorAll('*')].filter((element) => element.checkVisibility());
  const measures = ['color', 'backgroundColor', 'borderTopColor', 'fontSize', 'borderTopLeftRadius', 'paddingTop', 'maxWidth', 'width'];
  const shows = (value) => seen.some((element) => measures.some((measure) => getComputedStyle(element)[measure] === value));
  return Object.keys(values).filter((name) => {
    const sought = values[name].replace(' monospace', '');
    if (shows(sought)) throw new Error(`${sought} is there already`);
    pay.style.setProperty(name, values[name]);
    const found = shows(sought);
    pay.style.removeProperty(name);
    return found;
  });
}

/** A promise that never settles would stop the test for ever. */
const PROMISED = { timeout: 20_000 };

describe('events and promises', () => {
  test('each event bubbles out of shadow roots and says what it is about', async () => {
    const shop = await enter({ html: '<main></main>' });
    await shop.page.evaluate(async (sku) => {
      const { mount } = await import('/widget/wechat-pay.js');
      const root = document.querySelector('main').attachShadow({ mode: 'open' });
      globalThis.told = [];
      for (const word of ['ready', 'paid', 'expired', 'cancelled', 'error']) {
        document.addEventListener(`wechat-pay-${word}`, (event) => {
          const { type, bubbles, composed, cancelable, detail, target } = event;
          globalThis.told.push({ type, bubbles, composed, cancelable, at: target.localName, own: detail?.id === globalThis.pay.order?.id, detail });
        });
      }
      globalThis.pay = mount(root, { sku });
    }, GOODS.sku);
    const start = (quantity) => shop.page.evaluate(({ pay, quantity }) => ((globalThis.pay.quantity = quantity), globalThis.pay.start()), { quantity });
    assert.equal(await start(1), 'showing');
    assert.equal(await shop.page.evaluate(() => globalThis.pay.cancel()), 'cancelled');
    assert.equal(await start(2), 'showing');
    await at.stage.gateway.pay(await shop.page.evaluate(() => globalThis.pay.order.code_url));
    await until('paid', () => shop.page.evaluate(() => globalThis.pay.state === 'paid'));
    assert.equal(await start(3), 'showing');
    await looksFind(shop, { status: 'expired', code_url: undefined });
    await shop.page.getByRole('button', { name: 'I have paid' }).click();
    await until('expired', () => shop.page.evaluate(() => globalThis.pay.state === 'expired'));
    await refusing(shop);
    assert.equal(await start(4), 'failed');
    const told = await shop.page.evaluate(() => globalThis.told);
    const words = told.map(({ type }) => type.replace('wechat-pay-', ''));
    assert.deepEqual(words, ['ready', 'cancelled', 'ready', 'paid', 'ready', 'expired', 'error']);
    for (const { detail, own, ...event } of told) {
      assert.deepEqual(event, { type: event.type, bubbles: true, composed: true, cancelable: false, at: 'main' });
      if (event.type === 'wechat-pay-error') continue;
      assert.equal(own, true);
      assert.equal(detail.status, { 'wechat-pay-ready': 'awaiting_payment' }[event.type] ?? event.type.replace('wechat-pay-', ''));
      assert.deepEqual([typeof detail.version, typeof detail.description, typeof detail.amount.minor, detail.amount.currency], ['number', 'string', 'number', 'HKD']);
    }
    assert.deepEqual(told.at(-1).detail, { code: 'rejected', message: 'none of these' });
  });

  test('methods that are called together, too early or too late all keep their promises', PROMISED, async () => {
    const shop = await enter();
    const reached = await shop.widget.evaluate(async (pay) => {
      const nowhere = document.createElement('wechat-pay');
      const early = [await nowhere.start(), await nowhere.cancel(), await pay.cancel()];
      const together = await Promise.all([pay.start(), pay.retry(), pay.start()]);
      const again = await pay.start();
      const over = await Promise.all([pay.cancel(), pay.cancel()]);
      const late = await pay.cancel();
      const starting = pay.start();
      const stopped = await Promise.all([starting, pay.cancel()]);
      return { early, together, again, over, late, stopped };
    });
    assert.deepEqual(reached, {
      early: ['idle', 'idle', 'idle'],
      together: ['showing', 'showing', 'showing'],
      again: 'showing',
      over: ['cancelled', 'cancelled'],
      late: 'cancelled',
      stopped: ['cancelled', 'cancelled'],
    });
  });

  test('a promise is kept when the element is taken out before its end', PROMISED, async () => {
    const shop = await enter();
    const release = await holding(shop);
    const started = shop.widget.evaluate((pay) => {
      const promise = pay.start();
      pay.remove();
      return promise;
    });
    assert.equal(await started, 'creating');
    release();
  });
});

describe('taken out, waited, put back', () => {
  /** Removes the element, checks that it sends no request meanwhile, and puts it back. */
  async function outAndBack(shop, meanwhile = () => {}) {
    await shop.page.evaluate(() => {
      globalThis.pay = document.querySelector('wechat-pay');
      globalThis.pay.remove();
    });
    const sent = shop.sent.length;
    await settled(shop);
    await meanwhile();
    assert.equal(shop.sent.length, sent);
    await shop.page.evaluate(() => document.body.append(globalThis.pay));
  }

  test('idle it is idle again, and can be paid', async () => {
    const shop = await enter();
    await payButton(shop).waitFor();
    await outAndBack(shop);
    assert.equal(await shop.state(), 'idle');
    const { code_url } = await shop.pay();
    await at.stage.gateway.pay(code_url);
    await shop.says('Payment received');
    assert.equal((await shop.placed()).length, 1);
  });

  test('while the code is being prepared it goes on with the same order', async () => {
    const shop = await enter();
    const release = await holding(shop);
    await shop.widget.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
    await until('the order is asked for', async () => (await shop.placed()).length > 0);
    await outAndBack(shop);
    release();
    await shop.showing();
    assert.equal(new Set((await shop.placed()).map(({ key }) => key)).size, 1);
  });

  test('with a code it goes on with the same order, and sees that it was paid meanwhile', async () => {
    const shop = await enter();
    const order = await shop.pay();
    await outAndBack(shop);
    await shop.showing();
    assert.equal((await shop.order()).id, order.id);
    await outAndBack(shop, () => at.stage.gateway.pay(order.code_url));
    await shop.says('Payment received');
    assert.equal((await shop.order()).id, order.id);
    assert.equal(new Set((await shop.placed()).map(({ key }) => key)).size, 1);
    assert.deepEqual((await shop.told()).filter((word) => word === 'paid'), ['paid']);
  });

  test('paid it stays paid, asks nothing and tells nothing again', async () => {
    const shop = await enter();
    const { code_url, id } = await shop.pay();
    await at.stage.gateway.pay(code_url);
    await shop.says('Payment received');
    const sent = shop.sent.length;
    await outAndBack(shop);
    await settled(shop);
    await shop.says('Payment received');
    assert.equal((await shop.order()).id, id);
    assert.equal(shop.sent.length, sent);
    assert.deepEqual(await shop.told(), ['ready', 'paid']);
  });

  test('disabled with a code it goes on with the same order: only its button is disabled', async () => {
    const shop = await enter();
    const order = await shop.pay();
    await shop.widget.evaluate((pay) => (pay.disabled = true));
    await outAndBack(shop);
    await shop.showing();
    assert.equal((await shop.order()).id, order.id);
  });
});

test('several options changed in one go, with a code on the screen, are one order of the last cart', async () => {
  const shop = await enter();
  const { id } = await shop.pay();
  const placed = (await shop.placed()).length;
  await shop.widget.evaluate((pay, sku) => {
    pay.sku = sku;
    pay.quantity = 2;
    pay.quantity = 3;
  }, OTHER_GOODS.sku);
  await until('an order of the last cart is shown', async () => (await shop.order())?.amount.minor === 3 * OTHER_GOODS.amount_minor && (await shop.state()) === 'showing');
  await settled(shop);
  assert.notEqual((await shop.order()).id, id);
  assert.deepEqual((await shop.placed()).slice(placed).map(({ lines }) => lines), [[{ sku: OTHER_GOODS.sku, quantity: 3 }]]);
  assert.deepEqual(await shop.told(), ['ready', 'ready']);
});
