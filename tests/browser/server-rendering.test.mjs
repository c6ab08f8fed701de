// Pages rendered on a server, with the element in their HTML. The framework's hydration in the browser finds nothing wrong,
// whether the element is defined before it or after it. Then a shopper pays.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';

import { build } from 'esbuild';
import { createElement } from 'react';
import { renderToString as renderReact } from 'react-dom/server';
import { createSSRApp } from 'vue';
import { renderToString as renderVue } from 'vue/server-renderer';

import { inBrowser } from '../support/page/in-browser.mjs';
import { fromCanvas } from '../support/page/qr.mjs';
import { Page as ReactPage } from '../support/page/server-rendered/react.mjs';
import { Page as VuePage } from '../support/page/server-rendered/vue.mjs';
import { ROOT } from '../support/project.mjs';
import { GOODS } from '../support/shop/catalog.mjs';
import { until } from '../support/until.mjs';

const SHOP = 'https://shop.example';

const at = inBrowser();

/** The page's properties, which the shop gives on the server and again in the browser. */
const props = () => ({ endpoint: at.stage.worker.url, sku: GOODS.sku, quantity: 2 });

const FRAMEWORKS = {
  React: {
    render: () => renderReact(createElement(ReactPage, props())),
    hydrate: `
      import { createElement } from 'react';
      import { hydrateRoot } from 'react-dom/client';
      import { Page } from './react.mjs';
      export const hydrate = (root, props) => hydrateRoot(root, createElement(Page, props));`,
  },
  Vue: {
    render: () => renderVue(createSSRApp(VuePage, props())),
    hydrate: `
      import { createSSRApp } from 'vue';
      import { Page } from './vue.mjs';
      export const hydrate = (root, props) => createSSRApp(Page, props).mount(root);`,
  },
};

for (const [name, { render, hydrate }] of Object.entries(FRAMEWORKS)) {
  describe(name, () => {
    let html;
    let script;
    before(async () => {
      html = await render();
      script = await bundle(hydrate);
    });

    test('the server’s HTML holds the element and its attributes, and nothing of its inside', () => {
      assert.match(html, new RegExp(`<wechat-pay endpoint="${at.stage.worker.url}" sku="${GOODS.sku}" quantity="2"></wechat-pay>`));
    });

    for (const [order, steps] of Object.entries({
      'the element is defined first': ['element', 'hydration'],
      'the page is hydrated first': ['hydration', 'element'],
    })) {
      test(`${order}: hydration warns of nothing, keeps the server’s element, and a shopper pays for two pieces`, async () => {
        const page = await enter(html, script, steps);
        const widget = page.locator('wechat-pay');
        await widget.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
        const code = await until('the canvas holds a code that can be read', () => fromCanvas(widget.locator('canvas')));
        await at.stage.gateway.pay(code);
        const { id, amount } = await until('the order', () => widget.evaluate(({ order }) => order));
        assert.equal(amount.minor, 2 * GOODS.amount_minor);
        await page.locator('#thanks').getByText(id).waitFor();
      });
    }
  });
}

/** Opens the page and expects no warning, because frameworks report a mismatch by a warning. */
async function enter(html, script, steps) {
  await at.openContext();
  await at.context.grantPermissions(['local-network-access'], { origin: SHOP });
  const page = await at.context.newPage();
  const warnings = [];
  page.on('console', (message) => message.type() === 'warning' && warnings.push(message.text()));
  const done = {
    element: `await import('${at.stage.worker.url}/widget/wechat-pay.js');`,
    hydration: `(await import('/hydrate.js')).hydrate(document.getElementById('app'), ${JSON.stringify(props())}); await new Promise(requestAnimationFrame);`,
  };
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Tea</title><link rel="icon" href="data:,"><div id="app">${html}</div>
    <script type="module">
      globalThis.served = document.querySelector('wechat-pay');
      ${steps.map((step) => done[step]).join('\n')}
      globalThis.ready = true;
    </script>`;
  await page.route(`${SHOP}/**`, (route) =>
    new URL(route.request().url()).pathname === '/'
      ? route.fulfill({ contentType: 'text/html', body })
      : route.fulfill({ contentType: 'text/javascript', body: script }),
  );
  await page.goto(`${SHOP}/`);
  await page.waitForFunction(() => globalThis.ready);
  assert.deepEqual(warnings, []);
  assert.equal(await page.evaluate(() => document.querySelector('wechat-pay') === globalThis.served), true, 'it is the server’s own element');
  return page;
}

/** As in development, because there the frameworks report mismatches. */
async function bundle(source) {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: join(ROOT, 'tests', 'support', 'page', 'server-rendered') },
    bundle: true,
    write: false,
    format: 'esm',
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"development"', __VUE_OPTIONS_API__: 'true', __VUE_PROD_DEVTOOLS__: 'false', __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'true' },
    conditions: ['browser'],
  });
  return outputFiles[0].text;
}
