// The widget's encoder and painter in Node: the wasm module that ships, with its own glue, and a canvas that keeps what is
// put on it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT, WWW } from '../project.mjs';

globalThis.ImageData ??= class {
  constructor(data, width, height) {
    Object.assign(this, { data: Uint8ClampedArray.from(data), width, height });
  }
};

const { initSync, paint } = await import(join(ROOT, 'target', 'wasm', 'widget-glue', 'wechat-pay.js'));
initSync({ module: readFileSync(join(WWW, 'widget', 'wechat-pay_bg.wasm')) });

const QUIET_MODULES = 4;

/** The modules of a text's code, row after row, `true` for dark. Read from a bitmap with one pixel per module. */
export function modulesOf(text) {
  let image;
  const canvas = { width: 0, height: 0, getContext: () => ({ putImageData: (put) => (image = put) }) };
  // Where there is too little room the painter uses one pixel per module.
  const side = paint(canvas, { code_url: text }, 1);
  if (!side) throw new Error(`not painted: ${text}`);
  const inner = side - 2 * QUIET_MODULES;
  return Array.from({ length: inner }, (_, y) =>
    Array.from({ length: inner }, (_, x) => image.data[4 * ((y + QUIET_MODULES) * side + x + QUIET_MODULES)] === 0),
  );
}

/** The mask of a code, from its format information (ISO/IEC 18004, 7.9). */
export function maskOf(modules) {
  const bit = (y, x) => Number(modules[y][x]);
  return ((bit(8, 2) << 2) | (bit(8, 3) << 1) | bit(8, 4)) ^ 0b101;
}
