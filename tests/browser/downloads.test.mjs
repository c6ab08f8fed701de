// The example that sells a PDF: bought and downloaded in Chromium, with the element and without a script. Like a shop on
// GitHub Pages, its page has another origin than the Worker.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';

import { inBrowser } from '../support/page/in-browser.mjs';
import { fromCanvas, fromPng } from '../support/page/qr.mjs';
import { ROOT } from '../support/project.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';

const EXAMPLE = join(ROOT, 'examples', 'download');
const SHOP = 'https://shop.example';
const FILE = 'tea-guide.pdf';
const original = () => readFile(join(EXAMPLE, 'files', FILE));

/** The Worker of the example: its catalogue, and its file in the bucket. */
async function setShop() {
  const catalog = await readFile(join(EXAMPLE, 'catalog.json'));
  const site = createServer((_request, response) => response.end(catalog));
  await new Promise((ready) => site.listen(0, '127.0.0.1', ready));
  const vars = { CATALOG_URL: `http://127.0.0.1:${site.address().port}/catalog.json` };
  const stage = await setStage({ vars, platform: { r2Buckets: ['FILES'] } });
  const bucket = await stage.worker.miniflare.getR2Bucket('FILES');
  await bucket.put(FILE, await original(), { httpMetadata: { contentType: 'application/pdf' } });
  const { stop } = stage;
  return Object.assign(stage, {
    stop: async () => {
      site.close();
      await stop.call(stage);
    },
  });
}

const at = inBrowser({ set: setShop });

/** Opens the example's page at the shop's origin. */
async function open(options) {
  await at.openContext({ acceptDownloads: true, ...options });
  await at.context.grantPermissions(['local-network-access'], { origin: SHOP });
  const page = await at.context.newPage();
  const html = (await readFile(join(EXAMPLE, 'index.html'), 'utf8')).replaceAll('https://pay.example.com', at.stage.worker.url);
  await page.route(`${SHOP}/**`, (route) => route.fulfill({ contentType: 'text/html', body: html }));
  await page.goto(`${SHOP}/`);
  return page;
}

/** What the browser saves when this link is followed. */
async function saved(page, follow) {
  const [download] = await Promise.all([page.waitForEvent('download'), follow()]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

test('the element leads to the file once it is paid, by the name of the goods, and opens nothing by itself', async () => {
  const page = await open();
  const downloads = [];
  page.on('download', (download) => downloads.push(download));
  await page.evaluate(() => addEventListener('wechat-pay-paid', ({ detail }) => (globalThis.told = detail)));
  const widget = page.locator('wechat-pay');
  await widget.getByText('HK$28.00').waitFor();
  await widget.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
  const code = await until('the canvas holds a code that can be read', () => fromCanvas(widget.locator('canvas')));
  assert.equal(await widget.getByRole('link').count(), 0);
  await at.stage.gateway.pay(code);
  const link = widget.getByRole('link', { name: 'Download The tea guide (PDF)', exact: true });
  await link.waitFor();
  assert.deepEqual(downloads, []);
  const [{ name, url, expires_at_ms: until_ms }] = await page.evaluate(() => globalThis.told.downloads);
  assert.equal(name, 'The tea guide (PDF)');
  assert.ok(url.startsWith(`${at.stage.worker.url}/download/`) && until_ms > Date.now());
  assert.deepEqual([await link.getAttribute('href'), await link.getAttribute('part')], [url, 'download']);
  // By the keyboard alone.
  await page.keyboard.press('Tab');
  assert.equal(await widget.evaluate(({ shadowRoot }) => shadowRoot.activeElement?.textContent), 'Download The tea guide (PDF)');
  const { name: own, bytes } = await saved(page, () => page.keyboard.press('Enter'));
  assert.equal(own, FILE);
  assert.ok(bytes.equals(await original()));
  assert.equal(page.url(), `${SHOP}/`, 'the shop’s page stays');
  assert.equal(await widget.evaluate(({ state }) => state), 'paid');
});

test('in a language with another script the link says so, and has the place of a button', async () => {
  const page = await open({ locale: 'zh-HK' });
  const widget = page.locator('wechat-pay');
  await page.evaluate(() => document.querySelector('wechat-pay').setAttribute('lang', 'zh-HK'));
  await widget.getByRole('button').first().click();
  const code = await until('the canvas holds a code that can be read', () => fromCanvas(widget.locator('canvas')));
  await at.stage.gateway.pay(code);
  const link = widget.getByRole('link', { name: '下載泡茶指南（PDF）', exact: true });
  await link.waitFor();
  const { height, width } = await link.boundingBox();
  assert.ok(height >= 44 && width > 200, `${width} × ${height}`);
});

test('a page with the number and the token of a paid order has new links whenever it is opened', async () => {
  const order = await at.stage.shop.placePayable({ lines: [{ sku: 'tea-guide', quantity: 1 }] });
  await at.stage.gateway.pay(order.view.code_url);
  await at.stage.shop.becomes('paid', order);
  const page = await open();
  await page.evaluate(({ id, token }) => {
    const pay = document.querySelector('wechat-pay');
    Object.assign(pay, { sku: null, orderId: id, token });
    return pay.start();
  }, order);
  const link = page.locator('wechat-pay').getByRole('link', { name: 'Download The tea guide (PDF)', exact: true });
  await link.waitFor();
  const { bytes } = await saved(page, () => link.click());
  assert.ok(bytes.equals(await original()));
});

test('without a script: the form, the code, the link and the file', async () => {
  const page = await open({ javaScriptEnabled: false });
  await page.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
  const picture = page.getByRole('img');
  await picture.waitFor();
  await at.stage.gateway.pay(fromPng(await picture.screenshot()));
  const link = page.getByRole('link', { name: 'Download The tea guide (PDF)', exact: true });
  await link.waitFor({ timeout: 20_000 });
  const { name, bytes } = await saved(page, () => link.click());
  assert.equal(name, FILE);
  assert.ok(bytes.equals(await original()));
});
