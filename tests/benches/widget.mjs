// What a QR code costs in Chromium: ours and four encoders of npm, encoding and drawing the same texts on the same
// canvas in one run. `cargo xtask bench widget` runs it.
//
// Warm: the median of many texts in a page that has drawn some before. Cold: from the import to the painted code, with
// all files in the browser's cache, at full speed and with the processor slowed down six times.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

import { build } from 'esbuild';

import { openBrowser } from '../support/browsers.mjs';
import { ROOT, WWW } from '../support/project.mjs';

const WARM_TEXTS = 400;
const COLD_STARTS = 9;
/** Pixels per module, for all the same: the widget's usual size on screens of one and of two pixels per CSS pixel. */
const SCALES = [6, 12];
/** Modules of border. */
const BORDER = 4;

/** Those that come without a canvas draw as we do: one `putImageData`. */
const DRAW = `
function draw(canvas, dark, size, scale) {
  const side = (size + ${2 * BORDER}) * scale;
  const words = new Uint32Array(side * side).fill(0xffffffff);
  for (let y = 0; y < size; y += 1) {
    const top = (y + ${BORDER}) * scale * side;
    for (let x = 0; x < size; x += 1) {
      const left = top + (x + ${BORDER}) * scale;
      if (dark(x, y)) words.fill(0xff000000, left, left + scale);
    }
    for (let below = 1; below < scale; below += 1) words.copyWithin(top + below * side, top, top + side);
  }
  if (canvas.width !== side) canvas.width = canvas.height = side;
  canvas.getContext('2d').putImageData(new ImageData(new Uint8ClampedArray(words.buffer), side, side), 0, 0);
}`;

const PEERS = {
  ours: `
    import init, { paint } from 'our-glue';
    await init({ module_or_path: '/wechat-pay_bg.wasm' });
    export const show = (canvas, text, scale) => paint(canvas, text, ${33 + 2 * BORDER} * scale);`,
  qrcode: `
    import { toCanvas } from 'qrcode/lib/browser.js';
    export const show = (canvas, text, scale) => toCanvas(canvas, text, { errorCorrectionLevel: 'M', margin: ${BORDER}, scale });`,
  uqr: `
    import { encode } from 'uqr';${DRAW}
    export const show = (canvas, text, scale) => {
      const { data, size } = encode(text, { ecc: 'M', boostEcc: false, border: 0 });
      draw(canvas, (x, y) => data[y][x], size, scale);
    };`,
  'lean-qr': `
    import { correction, generate } from 'lean-qr';${DRAW}
    export const show = (canvas, text, scale) => {
      const code = generate(text, { minCorrectionLevel: correction.M, maxCorrectionLevel: correction.M });
      draw(canvas, (x, y) => code.get(x, y), code.size, scale);
    };`,
  qr: `
    import encode from 'qr';${DRAW}
    export const show = (canvas, text, scale) => {
      const rows = encode(text, 'raw', { ecc: 'medium', border: 1 });
      draw(canvas, (x, y) => rows[y + 1][x + 1], rows.length - 2, scale);
    };`,
};

const files = { '/wechat-pay_bg.wasm': ['application/wasm', readFileSync(join(WWW, 'widget', 'wechat-pay_bg.wasm'))], '/': ['text/html', '<!doctype html><link rel="icon" href="data:,"><canvas></canvas>'] };
for (const [name, contents] of Object.entries(PEERS)) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ROOT },
    bundle: true,
    write: false,
    format: 'esm',
    minify: true,
    target: 'es2022',
    alias: { 'our-glue': join(ROOT, 'target', 'wasm', 'widget-glue', 'wechat-pay.js') },
  });
  files[`/${name}.js`] = ['text/javascript', outputFiles[0].text];
}
const server = createServer(({ url }, response) => {
  const [type, body] = files[url.split('?')[0]] ?? [];
  if (!type) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': type, 'cache-control': 'public, max-age=3600' }).end(body);
});
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const origin = `http://127.0.0.1:${server.address().port}`;
const browser = await openBrowser({ whole: true });
try {
  const rows = Object.fromEntries(Object.keys(PEERS).map((name) => [name, {}]));
  for (const scale of SCALES) {
    for (const name of Object.keys(PEERS)) rows[name][`warm${scale}`] = await warm(name, scale);
  }
  for (const slower of [1, 6]) {
    for (const name of Object.keys(PEERS)) rows[name][`cold${slower}`] = await cold(name, slower);
  }
  console.log('\n| encoder | warm, 246 pixels | warm, 492 pixels | cold | cold, processor 6 × slower |\n| --- | --- | --- | --- | --- |');
  for (const [name, { warm6, warm12, cold1, cold6 }] of Object.entries(rows)) {
    console.log(`| ${name} | ${Math.round(warm6)} µs | ${Math.round(warm12)} µs | ${cold1.toFixed(1)} ms | ${cold6.toFixed(1)} ms |`);
  }
} finally {
  await browser.close();
  server.close();
}

/** Microseconds for one code. */
async function warm(name, scale) {
  const page = await browser.newPage();
  await page.goto(origin);
  const us = await page.evaluate(
    async ({ name, count, scale }) => {
      const { show } = await import(`/${name}.js`);
      const canvas = document.querySelector('canvas');
      const text = () => `weixin://wxpay/bizpayurl/up?pr=${crypto.randomUUID().slice(0, 12).replace('-', 'x')}&groupid=00`;
      for (let at = 0; at < count / 4; at += 1) show(canvas, text(), scale);
      // In groups: the browser's clock is too coarse for one.
      const times = [];
      for (let group = 0; group < count / 10; group += 1) {
        const texts = Array.from({ length: 10 }, text);
        const began = performance.now();
        for (const each of texts) show(canvas, each, scale);
        times.push((performance.now() - began) / 10);
      }
      times.sort((a, b) => a - b);
      return 1000 * times[times.length >> 1];
    },
    { name, count: WARM_TEXTS, scale },
  );
  await page.close();
  return us;
}

/** Milliseconds from the import to the painted code, the median of several new pages. */
async function cold(name, slower) {
  const context = await browser.newContext();
  const times = [];
  for (let start = 0; start <= COLD_STARTS; start += 1) {
    const page = await context.newPage();
    await page.goto(origin);
    const session = await context.newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: slower });
    const ms = await page.evaluate(async (name) => {
      await new Promise((idle) => requestIdleCallback(idle));
      const began = performance.now();
      const { show } = await import(`/${name}.js`);
      await show(document.querySelector('canvas'), 'weixin://wxpay/bizpayurl/up?pr=abcdef012345&groupid=00', 12);
      return performance.now() - began;
    }, name);
    if (start > 0) times.push(ms); // the first one fills the cache
    await page.close();
  }
  await context.close();
  return times.sort((a, b) => a - b)[times.length >> 1];
}
