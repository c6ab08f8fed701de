// A shop that installs the npm package and bundles it with its own tool. The tool must find the files that the element
// loads later (its WebAssembly, the page's language, the fallback) and put them into its output.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { build as viteBuild, createServer } from 'vite';
import webpack from 'webpack';

import { allOrNone } from '../support/all-or-none.mjs';
import { openBrowser, openContext } from '../support/page/browsers.mjs';
import { fromCanvas } from '../support/page/qr.mjs';
import { LANGUAGES } from '../support/page/words.mjs';
import { ROOT } from '../support/project.mjs';
import { GOODS } from '../support/shop/catalog.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';

const PACKAGE = join(ROOT, 'node_modules', 'wechatpay-edge');
const SHOP = 'https://shop.example';

/** The page that a shop's own tool gets. The Worker is at another address, so the page must name it. */
const page = (lang, script) => `<!doctype html>
<html lang="${lang}">
  <meta charset="utf-8"><title>Tea</title><link rel="icon" href="data:,">
  <wechat-pay endpoint="${stage.worker.url}" sku="${GOODS.sku}"></wechat-pay>
  <p id="thanks"></p>
  <script type="module" src="${script}"></script>
</html>`;
const SCRIPT = `import 'wechatpay-edge';
document.querySelector('wechat-pay').addEventListener('wechat-pay-paid', ({ detail: order }) => {
  document.querySelector('#thanks').textContent = order.id;
});`;

let stage;
let browser;
let context;
let folder;
before(async () => {
  [stage, browser] = await allOrNone([setStage(), openBrowser()]);
  folder = await realpath(await mkdtemp(join(tmpdir(), 'bundled-')));
  await Promise.all([
    cp(PACKAGE, join(folder, 'node_modules', 'wechatpay-edge'), { recursive: true }),
    writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }'),
    writeFile(join(folder, 'index.html'), page('en', '/main.js')),
    writeFile(join(folder, 'zh-CN.html'), page('zh-CN', '/main.js')),
    writeFile(join(folder, 'main.js'), SCRIPT),
  ]);
});
after(async () => {
  await browser?.close();
  await stage?.stop();
  if (folder) await rm(folder, { recursive: true });
});
afterEach(async () => {
  const troubles = context?.troubles ?? [];
  await context?.close();
  context = undefined;
  assert.deepEqual(troubles, []);
});

const TOOLS = {
  async Vite(to) {
    await viteBuild({ root: folder, logLevel: 'silent', build: { outDir: to, rolldownOptions: { input: ['index.html', 'zh-CN.html'] } } });
  },
  async webpack(to) {
    const compiler = webpack({ mode: 'production', context: folder, entry: './main.js', output: { path: to, publicPath: '/' } });
    const stats = await promisify(compiler.run.bind(compiler))();
    await promisify(compiler.close.bind(compiler))();
    assert.deepEqual(stats.toJson({ all: false, errors: true, warnings: true }), { errors: [], warnings: [] });
    await writeFile(join(to, 'index.html'), page('en', '/main.js'));
    await writeFile(join(to, 'zh-CN.html'), page('zh-CN', '/main.js'));
  },
};

for (const [tool, run] of Object.entries(TOOLS)) {
  describe(`bundled by ${tool}`, () => {
    let site;
    before(async () => {
      site = join(folder, `by-${tool}`);
      await run(site);
    });

    test('every file that the element may load is in the output, as it is, and none inside the script', async () => {
      const written = await everyFile(site);
      const digests = new Set(await Promise.all(written.map(digest)));
      const wanted = (await readdir(PACKAGE)).filter((name) => /^wechat-pay.*\.(wasm|json)$/.test(name));
      assert.equal(wanted.length, 1 + LANGUAGES.length, 'the wasm and each language');
      for (const name of wanted) assert.ok(digests.has(await digest(join(PACKAGE, name))), name);
      const scripts = await Promise.all(written.filter((file) => file.endsWith('.js')).map((file) => readFile(file, 'utf8')));
      assert.equal(scripts.some((script) => script.includes('data:application')), false);
      assert.equal(scripts.some((script) => script.includes(folder)), false, 'no path of the machine');
    });

    test('a shopper pays under the strictest policy', async () => {
      const { loaded, live } = await pay(site, '/');
      assert.ok(loaded.some((path) => path.endsWith('.wasm')));
      assert.ok(live, 'the wasm decides: its place-taker never listens');
    });

    test('a shopper pays in simplified Chinese', async () => {
      await pay(site, '/zh-CN.html', { button: '微信支付' });
    });

    test('a shopper pays where the policy forbids WebAssembly', async () => {
      await pay(site, '/', { wasm: '' });
      context.troubles = context.troubles.filter((trouble) => !/wasm|WebAssembly/i.test(trouble));
    });
  });
}

test('Vite’s development server serves it, too', async () => {
  const server = await createServer({ root: folder, logLevel: 'silent', server: { host: '127.0.0.1', port: 0, strictPort: false } });
  try {
    await server.listen();
    context = await openContext(browser);
    const { port } = server.httpServer.address();
    for (const [path, button] of [['', 'Pay with WeChat Pay'], ['zh-CN.html', '微信支付']]) {
      const tab = await context.newPage();
      await tab.goto(`http://127.0.0.1:${port}/${path}`);
      await follow(tab, button);
    }
  } finally {
    await server.close();
  }
});

/** Opens the built page at the shop's origin and pays. Resolves to what was loaded from there and whether the order was live. */
async function pay(site, path, { wasm = "'wasm-unsafe-eval'", button = 'Pay with WeChat Pay' } = {}) {
  context = await openContext(browser);
  await context.grantPermissions(['local-network-access'], { origin: SHOP });
  const tab = await context.newPage();
  const loaded = [];
  let live = false;
  tab.on('websocket', () => (live = true));
  await tab.route(`${SHOP}/**`, (route) => {
    const { pathname } = new URL(route.request().url());
    loaded.push(pathname);
    const name = pathname === '/' ? 'index.html' : pathname.slice(1);
    return route.fulfill({ path: join(site, name), headers: { 'content-security-policy': policy(wasm), 'content-type': typeOf(name) } });
  });
  await tab.goto(SHOP + path);
  await follow(tab, button);
  return { loaded, live };
}

/** The policy names the Worker twice, because `https:` in a policy does not include `wss:`. */
const policy = (wasm) =>
  `default-src 'none'; script-src 'self' ${wasm}; connect-src 'self' ${stage.worker.url} ${stage.worker.url.replace('http', 'ws')}; img-src data:`;

/** Presses pay, scans, and expects the thanks. */
async function follow(tab, button) {
  const widget = tab.locator('wechat-pay');
  await widget.getByRole('button', { name: button }).click();
  await stage.gateway.pay(await until('the canvas holds a code that can be read', () => fromCanvas(widget.locator('canvas'))));
  const { id } = await until('the order', () => widget.evaluate(({ order }) => order));
  await tab.locator('#thanks').getByText(id).waitFor();
}

const TYPES = { html: 'text/html; charset=utf-8', js: 'text/javascript', json: 'application/json', wasm: 'application/wasm' };
const typeOf = (name) => TYPES[name.split('.').pop()];

const digest = async (file) => createHash('sha256').update(await readFile(file)).digest('hex');

async function everyFile(inside) {
  const found = await readdir(inside, { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
