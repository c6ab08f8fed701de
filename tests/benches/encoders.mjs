// The encoders that `widget.mjs` compares. Each is a bundled script, served with the files that it fetches.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

import { build } from 'esbuild';

import { ROOT, WWW } from '../support/project.mjs';

/** The border around a code, in modules. */
const BORDER = 4;

/** Encoders that cannot draw on a canvas draw like ours: by one `putImageData`. */
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

export const ENCODERS = Object.keys(PEERS);

/** `more` has further encoders by their names. The browser may cache every file. */
export async function serveEncoders(more = {}) {
  const wasm = readFileSync(join(WWW, 'widget', 'wechat-pay_bg.wasm'));
  const files = {
    '/wechat-pay_bg.wasm': ['application/wasm', wasm],
    '/': ['text/html', '<!doctype html><link rel="icon" href="data:,"><canvas></canvas>'],
  };
  for (const [name, contents] of Object.entries({ ...PEERS, ...more })) {
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
  return { origin: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}
