// The QR code has the same modules as codes of two other encoders. Two other decoders can read it at every pixel ratio, size
// and theme. None of the four is ours.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import qrcode from 'qrcode';
import { encode as uqr } from 'uqr';

import { allOrNone } from '../support/all-or-none.mjs';
import { ENGINE, openBrowser, openContext } from '../support/page/browsers.mjs';
import { maskOf, modulesOf } from '../support/page/painter.mjs';
import { enlarged, halved, picture, pixelsOf, quietZone, readings } from '../support/page/qr.mjs';
import { WidgetPage } from '../support/page/widget-page.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';

const TEXTS = 10_000;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~';
const HEADS = ['weixin://wxpay/bizpayurl?pr=', 'weixin://wxpay/bizpayurl/up?pr=', 'https://', ''];

/** Its own random generator, so that the texts are the same every time. */
function* texts(count) {
  let state = 20261124;
  const dice = (sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % sides;
  };
  for (let at = 0; at < count; at += 1) {
    const head = HEADS[dice(HEADS.length)];
    const length = 1 + dice(60);
    yield head + Array.from({ length }, () => LETTERS[dice(LETTERS.length)]).join('');
  }
}

const asRows = (modules) => modules.map((row) => row.map((dark) => (dark ? '#' : '.')).join('')).join('\n');

// These test the module itself, without a browser, so they run for one engine only.
test(`the modules of ${TEXTS.toLocaleString('en')} texts are those of two independent encoders`, { skip: ENGINE !== 'chromium' }, (t) => {
  const otherMask = { qrcode: 0, uqr: 0 };
  for (const text of texts(TEXTS)) {
    const ours = modulesOf(text);
    const mask = maskOf(ours);
    const segments = [{ data: Buffer.from(text), mode: 'byte' }];
    const theirs = {
      qrcode: qrcode.create(segments, { errorCorrectionLevel: 'M', maskPattern: mask }).modules,
      uqr: uqr([...Buffer.from(text)], { ecc: 'M', boostEcc: false, border: 0, maskPattern: mask }),
    };
    const { size, data } = theirs.qrcode;
    assert.equal(asRows(ours), asRows(Array.from({ length: size }, (_, y) => [...data.subarray(y * size, (y + 1) * size)])), text);
    assert.equal(asRows(ours), asRows(theirs.uqr.data), text);
  }
  // Each encoder itself scores which of the eight masks is best. A sample reports how often another one chooses another mask.
  for (const text of texts(500)) {
    const mask = maskOf(modulesOf(text));
    const free = uqr([...Buffer.from(text)], { ecc: 'M', boostEcc: false, border: 0 });
    if (free.maskPattern !== mask) otherMask.uqr += 1;
    const created = qrcode.create([{ data: Buffer.from(text), mode: 'byte' }], { errorCorrectionLevel: 'M' });
    if (created.maskPattern !== mask) otherMask.qrcode += 1;
  }
  t.diagnostic(`of 500, another mask: ${JSON.stringify(otherMask)}`);
});

let stage;
let browser;
before(async () => {
  [stage, browser] = await allOrNone([setStage(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await stage?.stop();
});

/** Runs in the page. */
function isBlackOnWhite(canvas) {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return new Uint32Array(data.buffer).every((pixel) => pixel === 0xffffffff || pixel === 0xff000000);
}

/** How many times a camera enlarges a picture that is too small for it. */
const NEARER = [2, 3, 4, 5];

/** What each decoder reads. A decoder that does not read this text tries again with the enlarged picture. */
async function readUpTo(nearer, image, text) {
  const read = await readings(image);
  for (const times of nearer) {
    const missing = Object.keys(read).filter((who) => read[who] !== text);
    if (!missing.length) break;
    const closer = await readings(enlarged(image, times));
    for (const who of missing) read[who] = closer[who];
  }
  return read;
}

/** The second engine tests only that it draws the same. The first engine tests every ratio and theme. */
const [RATIOS, THEMES] = ENGINE === 'chromium' ? [[1, 1.25, 1.5, 2, 3], ['light', 'dark']] : [[1, 1.5, 3], ['light']];

for (const scale of RATIOS) {
  for (const colorScheme of THEMES) {
    test(`at ${scale} pixels per CSS pixel, ${colorScheme}, the code is read at every size, and from a screenshot shrunk to half`, async () => {
      const context = await openContext(browser, { scale, colorScheme });
      const shop = await WidgetPage.open(context, stage.worker.url);
      const { code_url } = await shop.pay();
      const unread = [];
      for (const size of [160, 240, 320, 480]) {
        await shop.widget.evaluate((element, size) => {
          element.style.setProperty('--wechat-pay-code-size', `${size}px`);
          element.style.setProperty('--wechat-pay-max-width', '600px');
        }, size);
        const wanted = Math.round(size * scale);
        await until(`the code is drawn for ${size} px`, async () => {
          const width = await shop.canvas.evaluate((canvas) => canvas.width);
          return width > wanted * 0.75 && width <= wanted;
        });
        const shot = picture(await shop.widget.locator('[part=code]').screenshot());
        for (const [where, image] of Object.entries({ screen: shot, half: halved(shot) })) {
          for (const [who, text] of Object.entries(await readUpTo(where === 'half' ? NEARER : [], image, code_url))) {
            if (text !== code_url) unread.push(`${size} px, ${where}, by ${who}: ${text}`);
          }
        }
        assert.ok(await shop.canvas.evaluate(isBlackOnWhite), 'black on white and nothing between');
        assert.deepEqual(quietZone(await pixelsOf(shop.canvas)), [4, 4, 4, 4], 'with the white border that scanners need');
      }
      await context.close();
      assert.deepEqual(unread, []);
    });
  }
}
