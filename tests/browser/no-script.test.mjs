// The checkout of a shopper whose browser runs no script or keeps no cookies. Like a merchant's page, the shop's page is on
// another site than the Worker: to a browser, `localhost` and `127.0.0.1` are two sites.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, afterEach, before, test } from 'node:test';

import { allOrNone } from '../support/all-or-none.mjs';
import { ENGINE, openBrowser, openWithoutCookies } from '../support/page/browsers.mjs';
import { fromPng } from '../support/page/qr.mjs';
import { GOODS, OTHER_GOODS } from '../support/shop/catalog.mjs';
import { setStage } from '../support/stage.mjs';

let stage;
let shop;
let browser;
let opened = [];
before(async () => {
  [stage, browser] = await allOrNone([setStage(), openBrowser()]);
  shop = await openShop();
});
after(async () => {
  await browser?.close();
  shop?.server.close();
  await stage?.stop();
});
afterEach(async () => {
  for (const each of opened) await each.close();
  opened = [];
});

/** A merchant's page with a form, on its own site. */
async function openShop() {
  const form = ({ sku }, name) =>
    `<form method="post" action="${stage.worker.url}/checkout"><input type="hidden" name="sku" value="${sku}">` +
    `<input name="quantity" value="1" aria-label="How many of ${name}"><button>Pay for ${name}</button></form>`;
  const html = `<!doctype html><title>A shop</title><h1>A shop</h1>${form(GOODS, 'tea')}${form(OTHER_GOODS, 'other')}`;
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    // Firefox's driver does not notice when a page returns from the back/forward cache.
    if (ENGINE === 'firefox') response.setHeader('cache-control', 'no-store');
    response.end(html);
  });
  await new Promise((ready) => server.listen(0, 'localhost', ready));
  return { server, url: `http://localhost:${server.address().port}/` };
}

/** Opens the shop's page in a tab of a shopper without script. */
async function enter({ context, ...options } = {}) {
  if (!context) {
    context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 844 }, locale: 'en-HK', ...options });
    opened.push(context);
  }
  const page = await context.newPage();
  await page.goto(shop.url);
  return page;
}

const press = (page, name = 'tea') => page.getByRole('button', { name: `Pay for ${name}` }).click();
const says = (page, headline) => page.getByRole('heading', { name: headline }).waitFor();
const text = (page) => page.locator('main').innerText();

/** Presses and waits for the code. Resolves to the order at the gateway. */
async function pay(page, name) {
  await press(page, name);
  await page.locator('svg').waitFor();
  return stage.gateway.ledger.orders.get(page.url().split('/').pop());
}

test('one press on a page of another site leads to a code that a camera reads, and to the thanks', async () => {
  const page = await enter();
  const order = await pay(page);
  await says(page, 'Scan with WeChat to pay');
  assert.equal(fromPng(await page.screenshot()), order.codeUrl);
  const { width } = await page.locator('svg').boundingBox();
  assert.ok(width >= 160 && width <= 272, `${width} CSS pixels: large enough for a camera, and no larger than the style sheet wants`);
  assert.match(page.url(), /\/checkout\/H[a-z2-7]+$/);
  await stage.gateway.pay(order.codeUrl);
  await says(page, 'Payment received'); // the page reloads by itself
  assert.equal(await page.locator('svg').count(), 0, 'a paid code is not shown');
});

test('back is the shop’s page and forward the same order; only another press makes another', async () => {
  const page = await enter();
  const order = await pay(page);
  const before = stage.gateway.ledger.orders.size;
  await page.goBack();
  assert.equal(page.url(), shop.url);
  await page.goForward();
  await page.locator('svg').waitFor();
  await page.reload();
  assert.equal(page.url().split('/').pop(), order.terms.out_trade_no);
  assert.equal(stage.gateway.ledger.orders.size, before);
  await page.goBack();
  const second = await pay(page);
  assert.notEqual(second.terms.out_trade_no, order.terms.out_trade_no);
});

test('two tabs pay for two things, each its own', async () => {
  const first = await enter();
  const second = await enter({ context: first.context() });
  const [tea, other] = [await pay(first), await pay(second, 'other')];
  assert.notEqual(tea.terms.out_trade_no, other.terms.out_trade_no);
  await stage.gateway.pay(tea.codeUrl);
  await Promise.all([first.reload(), second.reload()]);
  await says(first, 'Payment received');
  await says(second, 'Scan with WeChat to pay');
});

test('the button on the order’s page cancels it, and the page leads back to the shop', async () => {
  const page = await enter();
  await pay(page);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await says(page, 'Payment cancelled');
  assert.match(await text(page), /If you have already paid, do not pay again/);
  await page.getByRole('link', { name: 'Go to the shop' }).waitFor();
});

test('a browser whose cookies are off is asked for them, in its language, and nothing is ordered', async () => {
  const before = stage.gateway.ledger.orders.size;
  const blocking = await openWithoutCookies({ locale: ENGINE === 'firefox' ? 'en-HK' : 'zh-HK' });
  opened.push(blocking);
  const page = await enter(blocking);
  await press(page);
  await says(page, ENGINE === 'firefox' ? 'Please allow cookies' : '請允許使用 Cookie');
  assert.match(await text(page), ENGINE === 'firefox' ? /Nothing has been ordered, and you were not charged\./ : /訂單並未成立，亦未向你扣款。/);
  await page.goBack();
  assert.equal(page.url(), shop.url, 'and back is the shop’s page');
  assert.equal(stage.gateway.ledger.orders.size, before, 'nothing was ordered');
});

test('a quantity that cannot be is told on a page in the browser’s language; back is the form, as it was filled in', async () => {
  for (const [locale, headline] of [
    ['zh-HK', '無法按此數量下單'],
    ['en-HK', 'This quantity cannot be ordered'],
    ['de-DE', 'Diese Menge kann nicht bestellt werden'],
  ]) {
    const page = await enter({ locale });
    await page.getByLabel('How many of tea').fill('nine hundred');
    await press(page);
    await says(page, headline);
    await page.goBack();
    const filled = await page.getByLabel('How many of tea').inputValue();
    if (ENGINE !== 'firefox') assert.equal(filled, 'nine hundred');
  }
});

test('an order’s address in another browser shows no order, and tells a payer not to pay again', async () => {
  const own = await enter();
  await pay(own);
  const other = await enter();
  await other.goto(own.url());
  await says(other, 'This order cannot be shown here');
  assert.match(await text(other), /do not pay again/);
});
