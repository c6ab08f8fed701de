// The code is drawn again when its pixels change: on a screen with another pixel ratio, and when a canvas has lost them.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ENGINE } from '../support/page/browsers.mjs';
import { inBrowser } from '../support/page/in-browser.mjs';
import { fromPng } from '../support/page/qr.mjs';
import { WidgetPage } from '../support/page/widget-page.mjs';
import { until } from '../support/until.mjs';

const at = inBrowser();

async function enter(options) {
  await at.openContext({ scale: 2 });
  return WidgetPage.open(at.context, at.stage.worker.url, options);
}

/** Makes the browser report no size in device pixels, like Safari. */
const likeSafari = (page) =>
  page.addInitScript(() => {
    const { observe } = ResizeObserver.prototype;
    ResizeObserver.prototype.observe = function (target, options) {
      if (options?.box === 'device-pixel-content-box') throw new TypeError('no such box');
      return observe.call(this, target, options);
    };
  });

for (const [name, before] of Object.entries({ 'as it is': undefined, 'that tells no device pixels, as Safari': likeSafari })) {
  test(`on screens of other pixel ratios the code stays whole and sharp, in a browser ${name}`, { skip: ENGINE !== 'chromium' }, async () => {
    const shop = await enter({ before });
    const { code_url } = await shop.pay();
    const session = await at.context.newCDPSession(shop.page);
    for (const ratio of [1, 3, 1.5, 2]) {
      await session.send('Emulation.setDeviceMetricsOverride', { width: 1280, height: 900, deviceScaleFactor: ratio, mobile: false });
      await until(`one pixel of the bitmap is one of the screen at ${ratio}`, () =>
        shop.canvas.evaluate((canvas) => {
          const { clientWidth } = canvas.parentElement;
          const width = Number.parseFloat(canvas.style.inlineSize);
          return Math.abs(canvas.width - width * devicePixelRatio) < 0.01 && width <= clientWidth && width > clientWidth * 0.75;
        }),
      );
      assert.equal(fromPng(await shop.page.screenshot()), code_url, `read from the screen at ${ratio}`);
    }
  });
}

test('a canvas that lost its pixels and has its context back is drawn again', async () => {
  const shop = await enter();
  const { code_url } = await shop.pay();
  await shop.code();
  await shop.canvas.evaluate((canvas) => {
    canvas.getContext('2d').clearRect(0, 0, canvas.width, canvas.height);
    canvas.dispatchEvent(new Event('contextrestored'));
  });
  assert.equal(await shop.code(), code_url);
});
