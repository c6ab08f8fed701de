// WebKit runs only what was built: the module whose digest the script names, and the fallback whose digest the published tag
// names.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { POLICY } from '../../support/page/widget-html.mjs';
import { ROOT, WWW } from '../../support/project.mjs';
import { inWebKit, test } from '../../support/webkit/webkit.mjs';

const MODULE = readFileSync(join(WWW, 'widget', 'wechat-pay_bg.wasm'));
/** A module that does the same but has other bytes: an additional section that nobody reads. */
const TAMPERED = Buffer.concat([MODULE, Buffer.from([0, 2, 1, 120])]);
const FALLBACK = 'wechat-pay-fallback.js';
/** The element's message about a browser that refuses WebAssembly or its module. */
const FELL_BACK = /goes on without WebAssembly/;

const at = inWebKit();

const loaded = () => at.proxy.seen.map((each) => each.split('/').pop());

async function pays(shop) {
  const order = await shop.pay();
  assert.equal(await shop.code(), order.code_url);
  await at.stage.gateway.pay(order.code_url);
  await shop.says('Payment received');
  assert.deepEqual(await shop.told(), ['ready', 'paid']);
}

test('the published wasm is run, and no fallback is loaded', async () => {
  await pays(await at.open());
  assert.ok(loaded().includes('wechat-pay_bg.wasm') && !loaded().includes(FALLBACK));
});

test('where the page preloads the wasm as the README says, it is run, and asked for once more', async () => {
  const readme = readFileSync(join(ROOT, 'crates', 'widget', 'README.md'), 'utf8');
  const head = readme.match(/<link rel="(modulepreload|preload)".*>/g).join('').replaceAll('https://pay.example.com', '');
  await pays(await at.open({ head }));
  assert.deepEqual(loaded().filter((name) => /wasm|fallback/.test(name)), ['wechat-pay_bg.wasm', 'wechat-pay_bg.wasm']);
});

test('a wasm that was tampered with is not run, and the payment is made by the fallback', async () => {
  assert.ok(WebAssembly.validate(TAMPERED), 'it would run');
  at.proxy.answer(/_bg\.wasm$/, () => ({ headers: { 'content-type': 'application/wasm' }, body: TAMPERED }));
  const shop = await at.open();
  await pays(shop);
  assert.ok(loaded().includes(FALLBACK));
});

test('the published tag lets the published fallback run', async () => {
  const shop = await enterByTag();
  await pays(shop);
  assert.ok(loaded().includes(FALLBACK));
  assert.notDeepEqual(await shop.expected(FELL_BACK), []);
});

test('the published tag refuses a fallback that was tampered with, and the shopper is told', async () => {
  const shop = await enterByTag((script) => `${script};globalThis.tampered = true;`);
  await shop.press('Pay with WeChat Pay');
  await shop.says('Payment is not possible');
  await shop.says('This browser cannot show the code. Please open the page in another one.');
  assert.equal(await shop.run(() => globalThis.tampered), undefined);
  assert.deepEqual(await shop.run(() => globalThis.events.map(({ word, detail }) => [word, detail.code])), [['error', 'unsupported']]);
  assert.ok(loaded().includes(FALLBACK));
  await shop.expected(FELL_BACK);
  const own = await shop.expected(/^console\.error: <wechat-pay> unsupported: /);
  assert.equal(own.length, 1, 'the element’s own word is on the console, too');
});

/** The published tag in a page that forbids WebAssembly. `change` may tamper with the fallback. */
async function enterByTag(change = (script) => script) {
  // The same command makes the tag and the package.
  const folder = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'script-tag');
  assert.ok(existsSync(folder), 'cargo xtask test makes it');
  const tag = readFileSync(join(folder, 'tag.html'), 'utf8');
  const [, allowed] = /script-src ('sha256-[^']+')/.exec(tag);
  at.proxy.answer(/^\/wechat-pay[^/]*$/, ({ path }) => {
    const name = path.slice(1);
    const body = readFileSync(join(folder, name));
    const type = name.endsWith('.json') ? 'application/json' : 'text/javascript';
    return { headers: { 'content-type': type }, body: name === FALLBACK ? change(String(body)) : body };
  });
  return at.open({ head: tag.replace(/<wechat-pay.*/, ''), script: '', policy: POLICY.replace("'wasm-unsafe-eval'", allowed) });
}
