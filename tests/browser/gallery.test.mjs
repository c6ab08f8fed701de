// The gallery against pictures that people have looked at: every state, as it was approved.
//
// The pictures are tests/browser/pictures/*.png. After a change that is meant, make them anew, look at every one, and
// commit them:   UPDATE_PICTURES=1 cargo xtask test --only browser -- gallery
//
// Fonts differ between machines, so a picture is compared as a small one, a little blurred, and a small part of it may
// differ: what moved, appeared or changed its colour shows, the form of a letter does not.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { PNG } from 'pngjs';

import { openBrowser, openContext, SIZES } from '../support/browsers.mjs';
import { ROOT } from '../support/project.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';

const PICTURES = join(ROOT, 'tests', 'browser', 'pictures');
/** One pixel of a kept picture is a square of so many of the screenshot. */
const CELL = 6;
/** How far a cell's colour may be off, of 255, and what share of the cells may be further off. */
const MOST_OFF = 48;
const MOST_CELLS = 0.04;

let stage;
let browser;
before(async () => {
  [stage, browser] = await Promise.all([setStage(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await stage?.stop();
});

for (const [device, size] of Object.entries(SIZES)) {
  for (const theme of ['light', 'dark']) {
    for (const lang of ['en', 'zh-CN', 'ar']) {
      test(`the gallery looks as approved: ${device}, ${theme}, ${lang}`, async () => {
        const context = await openContext(browser, { size, scale: 1, colorScheme: theme });
        const page = await context.newPage();
        await page.clock.install();
        await page.goto(`${stage.worker.url}/widget/?theme=${theme}&lang=${lang}`);
        await until('every state is there', () =>
          page.evaluate(() => {
            const elements = [...document.querySelectorAll('wechat-pay')];
            const shown = Object.fromEntries(elements.map(({ parentElement, state }) => [parentElement.id, state]));
            const named = ['idle', 'creating', 'showing', 'checking', 'paid', 'expired', 'cancelled'];
            return elements.length > 10 && named.every((name) => shown[name] === name);
          }),
        );
        await until('its words are in this language', () =>
          page.evaluate(
            (lang) => [...document.querySelectorAll('wechat-pay')].every(({ shadowRoot }) => shadowRoot.querySelector('[part=box]').lang === lang),
            lang,
          ),
        );
        await page.evaluate(() => document.fonts.ready);
        const seen = small(PNG.sync.read(await page.screenshot({ fullPage: true, animations: 'disabled' })));
        await context.close();
        const path = join(PICTURES, `${device}-${theme}-${lang}.png`);
        if (process.env.UPDATE_PICTURES || !existsSync(path)) {
          assert.ok(process.env.UPDATE_PICTURES, `${path} is missing; make it with UPDATE_PICTURES=1 and look at it`);
          mkdirSync(PICTURES, { recursive: true });
          writeFileSync(path, PNG.sync.write(seen));
          return;
        }
        const share = differing(seen, PNG.sync.read(readFileSync(path)));
        assert.ok(share <= MOST_CELLS, `${(100 * share).toFixed(1)} % of the picture is different from ${path}`);
      });
    }
  }
}

/** The mean of each cell. */
function small({ data, width, height }) {
  const picture = new PNG({ width: Math.floor(width / CELL), height: Math.floor(height / CELL) });
  for (let y = 0; y < picture.height; y += 1) {
    for (let x = 0; x < picture.width; x += 1) {
      for (let part = 0; part < 4; part += 1) {
        let sum = 0;
        for (let at = 0; at < CELL * CELL; at += 1) {
          sum += data[4 * ((y * CELL + Math.floor(at / CELL)) * width + x * CELL + (at % CELL)) + part];
        }
        picture.data[4 * (y * picture.width + x) + part] = sum / CELL / CELL;
      }
    }
  }
  return picture;
}

/** The share of cells that are off; everything when the pictures are of very different sizes. */
function differing(one, other) {
  if (one.width !== other.width || Math.abs(one.height - other.height) > other.height * 0.03) return 1;
  const [width, height] = [one.width, Math.min(one.height, other.height)];
  let off = 0;
  for (let at = 0; at < width * height; at += 1) {
    off += [0, 1, 2].some((part) => Math.abs(one.data[4 * at + part] - other.data[4 * at + part]) > MOST_OFF);
  }
  return off / (width * height);
}
