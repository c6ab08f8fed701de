// The code is sharp in WebKit, although WebKit does not report an element's device pixels (`device-pixel-content-box`).

import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { picture } from '../../support/page/qr.mjs';
import { inWebKit, test } from '../../support/webkit/webkit.mjs';

/** The width of a rim, in pixels, that is not compared, because the code's place has round corners. */
const RIM = 12;

for (const scale of [1, 2]) {
  describe(`with ${scale} pixels to a CSS pixel`, () => {
    const at = inWebKit({ scale });

    for (const offset of ['0px', '0.3px']) {
      test(`the screen shows the canvas’s own pixels, ${offset} off the grid`, async () => {
        const shop = await at.open();
        await shop.run((offset) => (document.querySelector('wechat-pay').style.marginInlineStart = offset), offset);
        const order = await shop.pay();
        assert.equal(await shop.run(() => devicePixelRatio), scale);
        assert.equal(await shop.codeOnScreen(), order.code_url);
        const screen = picture(await shop.screenshot());
        const canvas = await shop.pixels();
        const { left, top, width } = await shop.run(() => document.querySelector('wechat-pay').shadowRoot.querySelector('canvas').getBoundingClientRect().toJSON());
        assert.ok(Math.abs(canvas.width - width * scale) < 0.01, `${canvas.width} pixels on ${width} CSS pixels`);
        const differ = differences(screen, canvas, Math.round(left * scale), Math.round(top * scale));
        assert.equal(differ, 0, `of ${canvas.width ** 2} pixels`);
      });
    }
  });
}

/** How many of the canvas's pixels, without the rim, have another colour on the screen. The canvas is at this place. */
function differences(screen, canvas, left, top) {
  let count = 0;
  for (let y = RIM; y < canvas.height - RIM; y += 1) {
    for (let x = RIM; x < canvas.width - RIM; x += 1) {
      const [here, there] = [4 * (y * canvas.width + x), 4 * ((top + y) * screen.width + left + x)];
      if ([0, 1, 2].some((part) => canvas.data[here + part] !== screen.data[there + part])) count += 1;
    }
  }
  return count;
}
