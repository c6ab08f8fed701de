// The examples. Each is bundled as users of its framework would do it, and paid in Chromium. Like a shop on GitHub Pages,
// each has another origin than the Worker.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { app, bundle } from '../support/page/bundle.mjs';
import { inBrowser } from '../support/page/in-browser.mjs';
import { fromCanvas } from '../support/page/qr.mjs';
import { ROOT } from '../support/project.mjs';
import { CATALOG } from '../support/shop/catalog.mjs';
import { until } from '../support/until.mjs';

const EXAMPLES = join(ROOT, 'examples');
const ELEVENTY = join(ROOT, 'node_modules', '@11ty', 'eleventy', 'cmd.cjs');
const SHOP = 'https://shop.example';

const at = inBrowser();

test('plain HTML', async () => pay((await readFile(join(EXAMPLES, 'plain', 'index.html'), 'utf8')).replaceAll('https://pay.example.com', at.stage.worker.url)));
test('plain HTML with another way on a phone: it can be paid by the code, and whoever takes the other way leaves no code behind', async () => {
  const html = (await readFile(join(EXAMPLES, 'phone', 'index.html'), 'utf8')).replaceAll('https://pay.example.com', at.stage.worker.url);
  await pay(html);
  await at.context.close();
  for (const [as, way] of [['a browser', 'h5'], ['MicroMessenger/8.0.50', 'jsapi']]) {
    const { page, widget } = await open(html, '/', { as });
    await page.route('https://shop.example.com/**', (route) => route.fulfill({ contentType: 'text/html', body: 'the other way' }));
    await widget.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
    await until('the code', () => widget.evaluate(({ state }) => state === 'showing'));
    let told;
    await page.route('**/cancel', async (route) => {
      const response = await route.fetch();
      told = await response.json();
      await route.fulfill({ response });
    });
    await page.locator('[slot=other]').evaluate((link) => link.click()); // it is visible only on phones
    await page.getByText('the other way').waitFor();
    assert.equal(page.url(), `https://shop.example.com/pay/${way}?sku=tea-gift-set`);
    assert.equal(told.status, 'cancelled', 'the Worker has closed the order before');
    await at.context.close();
  }
});
test('the shops made for copying: their pages in the Worker’s own site, and elsewhere', async () => {
  const { url } = at.stage.worker;
  const elsewhere = await readFile(join(EXAMPLES, 'shop-elsewhere', 'page', 'index.html'), 'utf8');
  await pay(elsewhere.replaceAll('https://pay.example.com', url));
  await at.context.close();
  const page = await readFile(join(EXAMPLES, 'shop', 'site', 'index.html'), 'utf8');
  await pay(page.replaceAll('"/widget/', `"${url}/widget/`));
});
test('React', async () => pay(app(await bundled('react/main.jsx'))));
test('Vue', async () => pay(app(await bundled('vue/main.js'))));
test('Svelte', async () => pay(app(await bundled('svelte/main.js'))));

test('Eleventy', async () => {
  const site = await mkdtemp(join(tmpdir(), 'eleventy-'));
  try {
    // As a user would do it: the command, in the shop's folder.
    await promisify(execFile)(process.execPath, [ELEVENTY, `--output=${site}`], {
      cwd: join(EXAMPLES, 'eleventy'),
      env: { ...process.env, WORKER_URL: at.stage.worker.url },
    });
    const catalog = JSON.parse(await readFile(join(site, 'catalog.json'), 'utf8'));
    for (const { sku, name, amount_minor } of catalog.items) {
      const { amount_minor: charged } = CATALOG.items.find((item) => item.sku === sku);
      assert.equal(amount_minor, charged, `${sku} costs what the demo's Worker charges`);
      assert.ok((await readFile(join(site, sku, 'index.html'), 'utf8')).includes(`<title>${name.en} – ${catalog.shop}</title>`));
    }
    await pay(await readFile(join(site, 'tea-gift-set', 'index.html'), 'utf8'), '/tea-gift-set/');
  } finally {
    await rm(site, { recursive: true });
  }
});

const bundled = (entry) => bundle(join(EXAMPLES, entry), at.stage.worker.url);

/** Opens the page at the shop's origin, in a browser with this user agent. */
async function open(html, path, { as } = {}) {
  await at.openContext();
  if (as) await at.context.addInitScript((as) => Object.defineProperty(navigator, 'userAgent', { get: () => as }), as);
  await at.context.grantPermissions(['local-network-access'], { origin: SHOP });
  const page = await at.context.newPage();
  await page.route(`${SHOP}/**`, (route) =>
    new URL(route.request().url()).pathname === path
      ? route.fulfill({ contentType: 'text/html', body: html })
      : route.fulfill({ contentType: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg"/>' }),
  );
  await page.goto(`${SHOP}${path}`);
  return { page, widget: page.locator('wechat-pay') };
}

/** Opens the page, pays, and expects the thanks. */
async function pay(html, path = '/') {
  const { page, widget } = await open(html, path);
  await widget.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
  const code = await until('the canvas holds a code that can be read', () => fromCanvas(widget.locator('canvas')));
  await at.stage.gateway.pay(code);
  const { id } = await until('the order', () => widget.evaluate(({ order }) => order));
  await page.locator('#thanks').getByText(id).waitFor();
}
