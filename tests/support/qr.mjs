// Reading QR codes back from pixels, by jsQR: a decoder that is not ours.

import jsqr from 'jsqr';
import { PNG } from 'pngjs';

/** The text in the QR code of a canvas's own pixels. */
export async function fromCanvas(canvas) {
  const { width, height, base64 } = await canvas.evaluate((element) => {
    const { width, height } = element;
    const { data } = element.getContext('2d').getImageData(0, 0, width, height);
    let text = '';
    for (let at = 0; at < data.length; at += 0x8000) text += String.fromCharCode(...data.subarray(at, at + 0x8000));
    return { width, height, base64: btoa(text) };
  });
  return decode(new Uint8ClampedArray(Buffer.from(base64, 'base64')), width, height);
}

/** The text in the QR code somewhere in a PNG, such as a screenshot. */
export function fromPng(png) {
  const { data, width, height } = PNG.sync.read(png);
  return decode(new Uint8ClampedArray(data), width, height);
}

function decode(pixels, width, height) {
  const found = jsqr(pixels, width, height);
  if (!found) throw new Error(`no QR code can be read in ${width} × ${height} pixels`);
  return found.data;
}
