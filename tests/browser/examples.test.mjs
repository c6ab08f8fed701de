// The examples, each bundled as its framework's users would, and paid in Chromium: from another origin than the
// Worker's, as a shop on GitHub Pages is.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { promisify } from 'node:util';

import { build } from 'esbuild';
import { compile as compileSvelte, compileModule } from 'svelte/compiler';
import { compileScript, parse } from 'vue/compiler-sfc';

import { openBrowser, openContext } from '../support/browsers.mjs';
import { CATALOG } from '../support/catalog.mjs';
import { ROOT } from '../support/project.mjs';
import { fromCanvas } from '../support/qr.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';

const EXAMPLES = join(ROOT, 'examples');
const ELEVENTY = join(ROOT, 'node_modules', '@11ty', 'eleventy', 'cmd.cjs');
const SHOP = 'https://shop.example';

let stage;
let browser;
let context;
before(async () => {
  [stage, browser] = await Promise.all([setStage(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await stage?.stop();
});
afterEach(async () => {
  const troubles = context?.troubles ?? [];
  await context?.close();
  assert.deepEqual(troubles, []);
});

test('plain HTML', async () => pay((await readFile(join(EXAMPLES, 'plain', 'index.html'), 'utf8')).replaceAll('https://pay.example.com', stage.worker.url)));
test('React', async () => pay(app(await bundle('react/main.jsx'))));
test('Vue', async () => pay(app(await bundle('vue/main.js'))));
test('Svelte', async () => pay(app(await bundle('svelte/main.js'))));

test('Eleventy', async () => {
  const site = await mkdtemp(join(tmpdir(), 'eleventy-'));
  try {
    // As its user would: the command, in the shop's folder.
    await promisify(execFile)(process.execPath, [ELEVENTY, `--output=${site}`], {
      cwd: join(EXAMPLES, 'eleventy'),
      env: { ...process.env, WORKER_URL: stage.worker.url },
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

const app = (script) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Tea</title><div id="app"></div><script type="module">${script.replaceAll('</script', '<\\/script')}</script>`;

/** Opens the page at the shop's origin, pays, and expects the thanks. */
async function pay(html, path = '/') {
  context = await openContext(browser);
  await context.grantPermissions(['local-network-access'], { origin: SHOP });
  const page = await context.newPage();
  await page.route(`${SHOP}/**`, (route) =>
    new URL(route.request().url()).pathname === path
      ? route.fulfill({ contentType: 'text/html', body: html })
      : route.fulfill({ contentType: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg"/>' }),
  );
  await page.goto(`${SHOP}${path}`);
  const widget = page.locator('wechat-pay');
  await widget.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
  const code = await until('the canvas holds a code that can be read', () => fromCanvas(widget.locator('canvas')));
  await stage.gateway.pay(code);
  const { id } = await until('the order', () => widget.evaluate(({ order }) => order));
  await page.locator('#thanks').getByText(id).waitFor();
}

async function bundle(entry) {
  const { outputFiles } = await build({
    entryPoints: [join(EXAMPLES, entry)],
    bundle: true,
    write: false,
    format: 'esm',
    jsx: 'automatic',
    minify: true,
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"', __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false', __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false' },
    conditions: ['browser', 'svelte'],
    plugins: [fromTheWorker, vue, svelte],
  });
  return outputFiles[0].text;
}

/** The element stays at the Worker. */
const fromTheWorker = {
  name: 'from the Worker',
  setup({ onResolve }) {
    onResolve({ filter: /^wechatpay-edge$/ }, () => ({ path: `${stage.worker.url}/widget/wechat-pay.js`, external: true }));
  },
};

const vue = {
  name: 'vue',
  setup({ onLoad }) {
    onLoad({ filter: /\.vue$/ }, async ({ path }) => {
      const { descriptor } = parse(await readFile(path, 'utf8'), { filename: path });
      const isCustomElement = (tag) => tag === 'wechat-pay';
      const { content } = compileScript(descriptor, {
        id: 'shop',
        inlineTemplate: true,
        templateOptions: { compilerOptions: { isCustomElement } },
      });
      return { contents: content, loader: 'js' };
    });
  },
};

const svelte = {
  name: 'svelte',
  setup({ onLoad }) {
    onLoad({ filter: /\.svelte$/ }, async ({ path }) => {
      const { js } = compileSvelte(await readFile(path, 'utf8'), { filename: path, generate: 'client' });
      return { contents: js.code, loader: 'js' };
    });
    onLoad({ filter: /\.svelte\.js$/ }, async ({ path }) => ({
      contents: compileModule(await readFile(path, 'utf8'), { filename: path, generate: 'client' }).js.code,
      loader: 'js',
    }));
  },
};
