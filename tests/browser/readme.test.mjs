// The pieces of code that the READMEs and the guides say to put into a page run as they are, in a shop on another origin than the Worker,
// and are paid. The tests change only the Worker's address, and add what a piece leaves out: the script, the element, or the
// component around it.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { allOrNone } from '../support/all-or-none.mjs';
import { startSimulator } from '../support/gateway/simulator.mjs';
import { openBrowser, openContext } from '../support/page/browsers.mjs';
import { app, bundle } from '../support/page/bundle.mjs';
import { fromCanvas } from '../support/page/qr.mjs';
import { guides } from '../support/project/guides.mjs';
import { ROOT } from '../support/project.mjs';
import { GOODS } from '../support/shop/catalog.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';

const SHOP = 'https://shop.example';
const SCRIPT = '<script type="module" src="https://pay.example.com/widget/wechat-pay.js"></script>';
const ELEMENT = `<wechat-pay sku="${GOODS.sku}"></wechat-pay>`;

/** The number of pieces. Each new piece is counted here. A wrong number shows that a piece was not found. */
const PIECES = {
  'README.md': { html: 1 },
  'crates/widget/README.md': { html: 3, jsx: 2, vue: 1, svelte: 1 },
  'docs/guide/en/live.md': { html: 1 },
};

/** The page of a piece, by the piece's language. The pieces leave `sku`, `lines` and `thank` to the shop. */
const PAGES = { html, jsx, vue, svelte };

let stage;
let browser;
let folder;
before(async () => {
  [stage, browser, folder] = await allOrNone([setStage({ start: startSimulator }), openBrowser(), mkdtemp(join(tmpdir(), 'readme-'))]);
});
after(async () => {
  await browser?.close();
  await stage?.stop();
  if (folder) await rm(folder, { recursive: true });
});

const counted = {};
const READMES = ['README.md', 'examples/README.md', ...readdirSync(join(ROOT, 'crates')).map((crate) => `crates/${crate}/README.md`)];
// The Chinese guides have the same code; see tests/project/guides.test.mjs.
const GUIDES = guides('en').map((name) => `docs/guide/en/${name}`);
for (const path of [...READMES, ...GUIDES]) {
  const text = existsSync(join(ROOT, path)) ? readFileSync(join(ROOT, path), 'utf8') : '';
  for (const [language, pageOf] of Object.entries(PAGES)) {
    const pieces = piecesIn(text, language);
    if (pieces.length) (counted[path] ??= {})[language] = pieces.length;
    for (const [at, piece] of pieces.entries()) {
      test(`a shop with ${language} ${at + 1} of ${path} is paid, without an error, and says what the piece says then`, async () =>
        pay(await pageOf(piece), piece));
    }
  }
}

test('no piece of a README is overlooked', () => assert.deepEqual(counted, PIECES));

function piecesIn(text, language) {
  const pieces = [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, piece]) => piece);
  // A form needs no page of ours; tests/worker/guides.test.mjs sends it.
  return pieces.filter((piece) => !piece.includes('<form'));
}

async function pay(html, piece) {
  const page = await open(html.replaceAll('https://pay.example.com', stage.worker.url));
  const { troubles } = page.context();
  const widget = page.locator('wechat-pay');
  await widget.locator('[part~=pay]').click();
  const code = await until('the canvas holds a code that can be read', () => fromCanvas(widget.locator('canvas')));
  const { id } = await until('the order', () => widget.evaluate(({ order }) => order));
  await stage.gateway.pay(code);
  if (piece.includes('wechat-pay-paid')) {
    await until('the shop says thank you, and for which order', async () => {
      if (troubles.length) return true; // reported below
      const told = await page.evaluate(() => `${location.href} ${document.body.innerText}`);
      if (!told.includes(id)) throw new Error(`order ${id} is not in: ${told}`);
      return true;
    });
  } else {
    await widget.getByText('Payment received', { exact: true }).waitFor();
  }
  assert.deepEqual(troubles, []);
  await page.context().close();
}

function html(piece) {
  const script = piece.includes('/widget/wechat-pay.js"></script>') ? '' : SCRIPT;
  const element = piece.includes('<wechat-pay') ? '' : ELEMENT;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Tea</title>${piece}${script}${element}`;
}

function jsx(piece) {
  return appOf({
    'main.jsx': `
      import { useState } from 'react';
      import { createRoot } from 'react-dom/client';
      import 'wechatpay-edge';
      const sku = '${GOODS.sku}';
      function Shop() {
        const [order, thank] = useState();
        const pay = (${piece.trim().replace(/;$/, '')});
        return <>{pay}{order && <p>Thank you for {order.id}.</p>}</>;
      }
      createRoot(document.getElementById('app')).render(<Shop />);`,
  });
}

function vue(piece) {
  return appOf({
    'main.js': `
      import 'wechatpay-edge';
      import { createApp } from 'vue';
      import Shop from './Shop.vue';
      createApp(Shop).mount('#app');`,
    'Shop.vue': `
      <script setup>
      import { ref } from 'vue';
      const sku = '${GOODS.sku}';
      const lines = undefined;
      const order = ref();
      const thank = (paid) => (order.value = paid);
      </script>
      <template>${piece}<p v-if="order">Thank you for {{ order.id }}.</p></template>`,
  });
}

function svelte(piece) {
  return appOf({
    'main.js': `
      import 'wechatpay-edge';
      import { mount } from 'svelte';
      import Shop from './Shop.svelte';
      mount(Shop, { target: document.getElementById('app') });`,
    'Shop.svelte': `
      <script>
      const sku = '${GOODS.sku}';
      let order = $state();
      const thank = (paid) => (order = paid);
      </script>
      ${piece}{#if order}<p>Thank you for {order.id}.</p>{/if}`,
  });
}

/** A page with these files, bundled from the first of them. */
async function appOf(files) {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return app(await bundle(join(folder, Object.keys(files)[0]), stage.worker.url));
}

/** Opens the shop. Its other pages, such as the thank-you page, are empty. */
async function open(html) {
  const context = await openContext(browser);
  await context.grantPermissions(['local-network-access'], { origin: SHOP });
  const page = await context.newPage();
  await page.route(`${SHOP}/**`, (route) => {
    const body = new URL(route.request().url()).pathname === '/' ? html : '<!doctype html><title>Tea</title>';
    return route.fulfill({ contentType: 'text/html; charset=utf-8', body });
  });
  await page.goto(`${SHOP}/`);
  return page;
}
