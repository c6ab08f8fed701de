// The order's token stays in the page's memory, text stays text, and the page works under the strictest policy. The remaining
// time comes from the server, even if the device's clock is wrong.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { ENGINE } from '../support/page/browsers.mjs';
import { inBrowser } from '../support/page/in-browser.mjs';
import { WidgetPage, widgetOf } from '../support/page/widget-page.mjs';
import { GOODS } from '../support/shop/catalog.mjs';
import { until } from '../support/until.mjs';

const at = inBrowser();

async function enter(options) {
  await at.openContext();
  return WidgetPage.open(at.context, at.stage.worker.url, options);
}

/** Runs in the page first: gives every answer about an order, fetched or pushed, the fields of `globalThis.changes`. */
function changeAnswers() {
  const { fetch, WebSocket } = globalThis;
  const changed = ({ order, ...rest }) => (order ? { ...rest, order: changed(order) } : { ...rest, ...globalThis.changes(rest) });
  globalThis.changes = () => ({});
  globalThis.fetch = async (url, init) => {
    const answer = await fetch(url, init);
    if (!/api.orders/.test(url) || !answer.ok) return answer;
    return new Response(JSON.stringify(changed(await answer.json())), { status: answer.status, headers: answer.headers });
  };
  globalThis.WebSocket = class extends WebSocket {
    set onmessage(heard) {
      super.onmessage = heard && (({ data }) => heard({ data: data === 'pong' ? data : JSON.stringify(changed(JSON.parse(data))) }));
    }
  };
}

describe('the order’s token', () => {
  test('goes to the Worker in a header and is nowhere else: no address, no console, no storage, no document, no log', async () => {
    const told = [];
    const sent = [];
    const shop = await enter({
      before: async (page) => {
        page.on('console', (message) => told.push(message.text()));
        page.on('request', (request) => sent.push({ url: request.url(), headers: JSON.stringify(request.headers()) }));
        await page.addInitScript(() => {
          const { fetch, WebSocket } = globalThis;
          globalThis.fetch = async (...request) => {
            const answer = await fetch(...request);
            const { token } = (await answer.clone().json().catch(() => {})) ?? {};
            globalThis.secret ??= token;
            return answer;
          };
          globalThis.addresses = [];
          globalThis.WebSocket = class extends WebSocket {
            constructor(address, protocols) {
              super(address, protocols);
              globalThis.addresses.push(address);
            }
          };
        });
      },
    });
    const { code_url, id } = await shop.pay();
    await shop.live();
    const token = await until('the token', () => shop.page.evaluate(() => globalThis.secret));
    assert.ok(token.length >= 20, token);
    const searched = async () => {
      const kept = await shop.page.evaluate(whatIsKept);
      const places = { ...kept, cookies: JSON.stringify(await at.context.cookies()), address: shop.page.url(), told: told.join('\n'), urls: sent.map(({ url }) => url).join('\n'), log: at.stage.worker.log.join('\n') };
      return { places, found: Object.keys(places).filter((name) => places[name].includes(token)) };
    };
    const showing = await searched();
    assert.deepEqual(showing.found, []);
    await shop.widget.getByRole('button', { name: 'I have paid' }).click();
    await until('it is asked', () => shop.sent.includes('look'));
    await at.stage.gateway.pay(code_url);
    await shop.says('Payment received');
    const { found, places } = await searched();
    assert.deepEqual(found, []);
    // The search itself works: it finds what is known to be in these places.
    assert.ok(sent.some(({ headers }) => headers.includes(`Bearer ${token}`)));
    for (const name of ['urls', 'sockets', 'resources', 'events']) assert.ok(places[name].includes(id), name);
    assert.ok(places.local.includes(GOODS.sku) && places.document.includes('Payment received'));
  });
});

/** Runs in the page: everything that the page, its origin and its history hold, as text. */
async function whatIsKept() {
  const all = (root) => [...root.querySelectorAll('*')].flatMap((element) => [element.cloneNode(false).outerHTML, ...(element.shadowRoot ? all(element.shadowRoot) : []), ...[...element.childNodes].map((node) => node.data ?? '')]);
  const databases = (await indexedDB.databases?.()) ?? [];
  return {
    local: JSON.stringify({ ...localStorage }),
    session: JSON.stringify({ ...sessionStorage }),
    databases: JSON.stringify([databases, globalThis.caches ? await caches.keys() : []]),
    cookie: document.cookie,
    history: JSON.stringify([history.state, window.name, location.href, document.referrer]),
    document: all(document).join('\n'),
    sockets: globalThis.addresses.join('\n'),
    resources: performance.getEntries().map(({ name }) => name).join('\n'),
    events: JSON.stringify(globalThis.events),
  };
}

describe('text is text', () => {
  const MARKUP = '<img src=x onerror="globalThis.ran = true"><script>globalThis.ran = true</script>';

  test('a description and a merchant’s own words with markup in them are shown as they are, and run nothing', async () => {
    const shop = await enter({
      // No policy helps here, so the widget itself must not parse markup.
      policy: "default-src * 'unsafe-inline' 'unsafe-eval' data: blob:",
      before: (page) => page.addInitScript(changeAnswers),
    });
    await shop.widget.evaluate((pay, markup) => {
      globalThis.changes = () => ({ description: markup });
      pay.texts = { how: markup, paid_hint: markup };
    }, MARKUP);
    const { code_url } = await shop.pay();
    const shown = () => shop.widget.evaluate((pay) => ['goods', 'hint'].map((part) => pay.shadowRoot.querySelector(`[part=${part}]`).textContent));
    assert.deepEqual(await shown(), [MARKUP, MARKUP]);
    await at.stage.gateway.pay(code_url);
    await shop.says('Payment received');
    assert.deepEqual(await shown(), [MARKUP, MARKUP]);
    const ran = await shop.widget.evaluate((pay) => ({ ran: globalThis.ran, parsed: pay.shadowRoot.querySelectorAll('img, script').length }));
    assert.deepEqual(ran, { ran: undefined, parsed: 0 });
  });
});

describe('a shop with the strictest policy, at another origin than the Worker', () => {
  /** Opens a page whose policy allows only the Worker. `pushes` counts the messages of its socket. */
  async function openShop() {
    const { url, port } = at.stage.worker;
    const origin = `http://localhost:${port}`; // the same machine, another origin
    await at.openContext();
    if (ENGINE === 'chromium') await at.context.grantPermissions(['local-network-access'], { origin });
    const page = await at.context.newPage();
    await page.addInitScript(() => {
      const { WebSocket } = globalThis;
      globalThis.pushes = 0;
      globalThis.WebSocket = class extends WebSocket {
        constructor(...values) {
          super(...values);
          this.addEventListener('message', () => (globalThis.pushes += 1));
        }
      };
    });
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
    await page.route(`${origin}/**`, (route) =>
      new URL(route.request().url()).pathname === '/shop'
        ? route.fulfill({
            headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy, 'referrer-policy': 'no-referrer' },
            body: `<!doctype html><html lang="en"><title>Tea</title><link rel="icon" href="/icon.svg"><script type="module" src="${url}/widget/wechat-pay.js"></script><body>${widgetOf()}`,
          })
        : route.fulfill({ contentType: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg"/>' }),
    );
    await page.goto(`${origin}/shop`);
    return page;
  }

  test('a payment goes through, pushed, without one violation', async () => {
    const asked = [];
    const page = await openShop();
    page.on('request', (request) => /\/api\/orders\/[^/]+$/.test(request.url()) && asked.push(request.url()));
    const widget = page.locator('wechat-pay');
    await widget.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
    await widget.getByText('Scan with WeChat to pay').waitFor();
    await until('the Worker pushes', () => page.evaluate(() => globalThis.pushes > 0));
    assert.equal(await widget.evaluate((pay) => new URL(pay.endpoint).origin !== location.origin), true);
    await at.stage.gateway.pay(await widget.evaluate((pay) => pay.order.code_url));
    await widget.getByText('Payment received').waitFor();
    assert.deepEqual(asked.filter((url) => !url.endsWith('/live')), []);
    assert.deepEqual(at.context.troubles, []);
  });
});

for (const [wrong, time] of Object.entries({ 'a quarter of a century slow': '2001-01-01T00:00:00Z', 'half a century fast': '2076-12-31T23:59:00Z' })) {
  test(`a device clock that is ${wrong} changes nothing: the time left, paid and expired are the server’s`, async () => {
    const shop = await enter({
      html: widgetOf() + widgetOf('quantity="2"'),
      before: async (page) => {
        await page.clock.install({ time });
        await page.addInitScript(changeAnswers);
      },
    });
    /** Time passes for the device and for the server. The server's order has two and a half minutes left at first. */
    const pass = async (seconds) => {
      for (let passed = 0; passed < seconds; passed += 15) {
        await shop.page.evaluate(() => (globalThis.seconds += 15));
        await shop.pass(15_000, 15_000);
      }
    };
    await shop.page.evaluate(() => {
      globalThis.seconds = 0;
      globalThis.changes = ({ expires_at_ms }) => ({
        server_time_ms: expires_at_ms + 1000 * (globalThis.seconds - 150),
        ask_again_when_live_in_ms: globalThis.seconds < 150 ? 300_000 : 1000, // as the Worker says it, by the server's clock
      });
    });
    const [first, second] = await shop.page.locator('wechat-pay').all();
    const says = (widget, text) => widget.getByText(text).waitFor();

    const { code_url } = await shop.pay();
    await says(first, /^Time left 2:[123]\d$/);
    await pass(60);
    await says(first, /^Time left 1:[123]\d$/);
    await at.stage.gateway.pay(code_url);
    await says(first, 'Payment received');

    await shop.page.evaluate(() => (globalThis.seconds = 0));
    await second.evaluate((pay) => pay.start());
    await says(second, /^Time left 2:[123]\d$/);
    await pass(120);
    await says(second, 'Scan with WeChat to pay');
    await pass(60);
    await says(second, 'Checking your payment…'); // the Worker has not said yet that the order is over
    await shop.page.evaluate(() => (globalThis.changes = ({ version }) => ({ status: 'expired', code_url: undefined, version: version + 1 })));
    await shop.pass(60_000, 10_000);
    await says(second, 'This code has expired');
    assert.deepEqual(await shop.told(), ['ready', 'paid', 'ready', 'expired']);
  });
}
