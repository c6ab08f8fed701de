// Reads QR codes back from pixels by two decoders that are not ours: jsQR, and ZXing's C++ version as WebAssembly.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import jsqr from 'jsqr';
import { PNG } from 'pngjs';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

/** The text in the QR code of a canvas's own pixels. */
export async function fromCanvas(canvas) {
  const { data, width, height } = await pixelsOf(canvas);
  return decode(data, width, height);
}

/** A canvas's own pixels. */
export async function pixelsOf(canvas) {
  return unpacked(await canvas.evaluate(packPixels));
}

/** Runs in the page: a canvas's own pixels in a form that every driver can carry. */
export function packPixels(canvas) {
  const { width, height } = canvas;
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  let text = '';
  for (let at = 0; at < data.length; at += 0x8000) text += String.fromCharCode(...data.subarray(at, at + 0x8000));
  return { width, height, base64: btoa(text) };
}

/** The pixels that `packPixels` has packed. */
export function unpacked({ width, height, base64 }) {
  return { data: new Uint8ClampedArray(Buffer.from(base64, 'base64')), width, height };
}

/** The text in the QR code that fills these pixels. */
export function fromPixels({ data, width, height }) {
  return decode(data, width, height);
}

/** How many modules of white there are on each side of the code that fills these pixels: left, top, right, bottom. */
export function quietZone({ data, width, height }) {
  const dark = (x, y) => data[4 * (y * width + x)] < 128;
  const places = [];
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) if (dark(x, y)) places.push([x, y]);
  const [[left, top]] = places;
  // A code begins with seven dark modules, the edge of its first finder pattern.
  let edge = left;
  while (dark(edge, top)) edge += 1;
  const module = (edge - left) / 7;
  const far = (axis) => places.reduce((most, place) => Math.max(most, place[axis]), 0);
  return [left, top, width - 1 - far(0), height - 1 - far(1)].map((pixels) => pixels / module);
}

/** The text in the QR code somewhere in a PNG, such as a screenshot. */
export function fromPng(png) {
  const { data, width, height } = picture(png);
  return decode(data, width, height);
}

/** The same pixels at half the size, as a messenger might shrink a picture. */
export function halved({ data, width, height }) {
  const [w, h] = [width >> 1, height >> 1];
  const half = new Uint8ClampedArray(4 * w * h);
  for (let at = 0; at < half.length; at += 1) {
    const from = 4 * (2 * Math.floor(at / 4 / w) * width + 2 * (Math.floor(at / 4) % w)) + (at % 4);
    half[at] = (data[from] + data[from + 4] + data[from + 4 * width] + data[from + 4 * width + 4]) / 4;
  }
  return { data: half, width: w, height: h };
}

/** The same pixels `times` as large, with steps between the old pixels, as a camera sees a small picture. */
export function enlarged({ data, width, height }, times) {
  const [w, h] = [width * times, height * times];
  const large = new Uint8ClampedArray(4 * w * h);
  for (let y = 0; y < h; y += 1) {
    const top = Math.min(Math.max((y + 0.5) / times - 0.5, 0), height - 1);
    const [y0, y1, fy] = [Math.floor(top), Math.min(Math.floor(top) + 1, height - 1), top % 1];
    for (let x = 0; x < w; x += 1) {
      const left = Math.min(Math.max((x + 0.5) / times - 0.5, 0), width - 1);
      const [x0, x1, fx] = [Math.floor(left), Math.min(Math.floor(left) + 1, width - 1), left % 1];
      for (let part = 0; part < 4; part += 1) {
        const at = (row, column) => data[4 * (row * width + column) + part];
        const upper = at(y0, x0) * (1 - fx) + at(y0, x1) * fx;
        const lower = at(y1, x0) * (1 - fx) + at(y1, x1) * fx;
        large[4 * (y * w + x) + part] = upper * (1 - fy) + lower * fy;
      }
    }
  }
  return { data: large, width: w, height: h };
}

/** The picture in a PNG. */
export function picture(png) {
  const { data, width, height } = PNG.sync.read(png);
  return { data: new Uint8ClampedArray(data), width, height };
}

/** What each decoder reads, by the decoder's name; `nothing` if it finds no code. */
export async function readings(image) {
  return { jsqr: jsqr(image.data, image.width, image.height)?.data ?? 'nothing', zxing: await byZxing(image) };
}

let zxing;

async function byZxing(image) {
  zxing ??= loadZxing();
  await zxing;
  const [code] = await readBarcodes(image, { formats: ['QRCode'], tryHarder: true });
  return code?.text ?? 'nothing';
}

/** Without this ZXing would load its module from the network. */
function loadZxing() {
  const wasm = readFileSync(fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm')));
  return prepareZXingModule({ overrides: { wasmBinary: wasm.buffer }, fireImmediately: true });
}

function decode(pixels, width, height) {
  const found = jsqr(pixels, width, height);
  if (!found) throw new Error(`no QR code can be read in ${width} × ${height} pixels`);
  return found.data;
}
