// The element runs only the files that were published with it. It refuses a wasm that was tampered with or belongs to another
// version, and uses the fallback. With the published tag the fallback, too, is checked against its digest.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { ENGINE } from '../support/page/browsers.mjs';
import { inBrowser } from '../support/page/in-browser.mjs';
import { POLICY, WidgetPage, widgetOf } from '../support/page/widget-page.mjs';
import { ROOT, WWW } from '../support/project.mjs';

const MODULE = readFileSync(join(WWW, 'widget', 'wechat-pay_bg.wasm'));
/** A module that does the same but has other bytes: an additional section that nobody reads. */
const TAMPERED = Buffer.concat([MODULE, Buffer.from([0, 2, 1, 120])]);

const at = inBrowser();

/** Takes the browser's messages about a refused file out of the troubles, because the test causes them. Returns them. */
function expectRefusal() {
  const [expected, other] = [[], []];
  for (const trouble of at.context.troubles) (/integrity|digest|wasm|WebAssembly|SRI|hash/i.test(trouble) ? expected : other).push(trouble);
  at.context.troubles = other;
  return expected;
}

/** A page with this head. `change` may prepare it. `loaded` has the names of the files that it requested, in order. */
async function enter({ head = '<script type="module" src="/widget/wechat-pay.js"></script>', policy = POLICY, change } = {}) {
  await at.openContext();
  const loaded = [];
  const shop = await WidgetPage.open(at.context, at.stage.worker.url, {
    before: async (page) => {
      page.on('request', (request) => loaded.push(new URL(request.url()).pathname.split('/').pop()));
      await page.route('**/page-of-a-test', (route) =>
        route.fulfill({
          headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy },
          body: `<!doctype html><html lang="en"><title>A shop</title><link rel="icon" href="/img/favicon.svg">${head}<body>${widgetOf()}`,
        }),
      );
      await change?.(page);
    },
  });
  return { shop, loaded };
}

test('a wasm that was tampered with is not run, and the payment is made by the fallback', async () => {
  assert.ok(WebAssembly.validate(TAMPERED), 'it would run');
  const { shop, loaded } = await enter({
    change: (page) => page.route('**/wechat-pay_bg.wasm', (route) => route.fulfill({ contentType: 'application/wasm', body: TAMPERED })),
  });
  const order = await shop.pay();
  assert.equal(await shop.code(), order.code_url);
  assert.ok(loaded.includes('wechat-pay-fallback.js'));
  await at.stage.gateway.pay(order.code_url);
  await shop.says('Payment received');
  assert.deepEqual(await shop.told(), ['ready', 'paid']);
  assert.notDeepEqual(expectRefusal(), []);
});

test('the published wasm is run, and Chromium loads it once where the page preloads it as the README says', async () => {
  const readme = readFileSync(join(ROOT, 'crates', 'widget', 'README.md'), 'utf8');
  const head = readme.match(/<link rel="(modulepreload|preload)".*>/g).join('').replaceAll('https://pay.example.com', '');
  const { shop, loaded } = await enter({ head: `${head}<script type="module" src="/widget/wechat-pay.js"></script>` });
  const order = await shop.pay();
  assert.equal(await shop.code(), order.code_url);
  // Firefox does not use a preloaded file for a fetch that names a digest. It asks once more whether the file is the same.
  const loads = { chromium: ['wechat-pay_bg.wasm'], firefox: ['wechat-pay_bg.wasm', 'wechat-pay_bg.wasm'] };
  assert.deepEqual(loaded.filter((name) => /wasm|fallback/.test(name)), loads[ENGINE]);
});

test('the published tag lets the published fallback run', async () => {
  const { shop, loaded } = await enterByTag();
  const order = await shop.pay();
  assert.equal(await shop.code(), order.code_url);
  assert.ok(loaded.includes('wechat-pay-fallback.js'));
  await at.stage.gateway.pay(order.code_url);
  await shop.says('Payment received');
  expectRefusal(); // of WebAssembly, by the policy
});

test('the published tag refuses a fallback that was tampered with, and the shopper is told', async () => {
  const { shop } = await enterByTag((script) => `${script};globalThis.tampered = true;`);
  await shop.widget.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
  await shop.says('Payment is not possible');
  await shop.says('This browser cannot show the code. Please open the page in another one.');
  assert.equal(await shop.page.evaluate(() => globalThis.tampered), undefined);
  assert.deepEqual(await shop.page.evaluate(() => globalThis.events.map(({ word, detail }) => [word, detail.code])), [['error', 'unsupported']]);
  const refusals = expectRefusal();
  // The element's own message is on the console, too.
  const own = [...at.context.troubles, ...refusals].filter((trouble) => trouble.startsWith('console: <wechat-pay> unsupported: '));
  assert.equal(own.length, 1, at.context.troubles.join());
  assert.ok(refusals.some((trouble) => trouble.includes('wechat-pay-fallback.js')));
  at.context.troubles = at.context.troubles.filter((trouble) => !own.includes(trouble));
});

/** The published tag in a page that forbids WebAssembly. `change` may tamper with the fallback. */
async function enterByTag(change = (script) => script) {
  // The same command makes the tag and the package.
  const folder = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'script-tag');
  assert.ok(existsSync(folder), 'cargo xtask test makes it');
  const tag = readFileSync(join(folder, 'tag.html'), 'utf8');
  const [, allowed] = /script-src ('sha256-[^']+')/.exec(tag);
  return enter({
    head: tag.replace(/<wechat-pay.*/, ''), // the page has its own element
    policy: POLICY.replace("'wasm-unsafe-eval'", allowed),
    change: (page) =>
      page.route(/\/wechat-pay[^/]*$/, (route) => {
        const name = new URL(route.request().url()).pathname.slice(1);
        const file = { path: join(folder, name) };
        return route.fulfill(name.includes('fallback') ? { contentType: 'text/javascript', body: change(readFileSync(file.path, 'utf8')) } : file);
      }),
  });
}
