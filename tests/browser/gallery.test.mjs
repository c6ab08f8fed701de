// Compares every state in the gallery with pictures that people have approved.
//
// The pictures are tests/browser/pictures/*.png, one for each width, theme and language, with the sections side by side.
// After an intended change make them again, look at every one, and commit them:
//
//     UPDATE_PICTURES=1 cargo xtask test --only browser -- gallery
//
// The fonts come with the npm tools (support/page/fonts.mjs), and no font of the machine is in any picture. Versions of a
// browser still draw letters a little differently, so pictures are compared at a small size, which blurs them a little. Each
// section is compared separately, from its own corner. The place in it with the most differences counts, so that one missing
// word or button shows, however large the page is.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { PNG } from 'pngjs';

import { allOrNone } from '../support/all-or-none.mjs';
import { openBrowser, openContext, SIZES } from '../support/page/browsers.mjs';
import { openGallery } from '../support/page/gallery-page.mjs';
import { byNames, SAID, whatIsSaid } from '../support/page/gallery-states.mjs';
import { ROOT } from '../support/project.mjs';
import { setStage } from '../support/stage.mjs';

const PICTURES = join(ROOT, 'tests', 'browser', 'pictures');
/** One pixel of a kept picture (a cell) is a square of the screenshot with this side. */
const CELL = 6;
/** How far a cell's colour may be off, of 255, and how many cells of any frame of this size may be further off. */
const MOST_OFF = 24;
const FRAME = { width: 12, height: 6 };
const MOST_IN_FRAME = 8;
/** How many cells a section may be taller or shorter than it was. */
const MOST_TALLER = 1;
/** How many sections are side by side in a picture, and the place for each, in cells. */
const COLUMNS = 7;
const PLACE = { width: 66, height: 176 };
/** Taller than any section, because a screenshot of an element taller than the window switches the touch screen off. */
const WINDOW_HEIGHT = 1200;

let stage;
let browser;
before(async () => {
  [stage, browser] = await allOrNone([setStage(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await stage?.stop();
});

/** English in all four combinations; the other languages once in each theme and once at each width. */
const LANGUAGES = {
  'desktop-light': ['en', 'ar'],
  'desktop-dark': ['en', 'zh-CN'],
  'phone-light': ['en', 'zh-CN'],
  'phone-dark': ['en', 'ar'],
};

for (const [device, size] of Object.entries(SIZES)) {
  for (const theme of ['light', 'dark']) {
    for (const lang of LANGUAGES[`${device}-${theme}`]) {
      test(`the gallery looks as approved: ${device}, ${theme}, ${lang}`, async () => {
        const context = await openContext(browser, { size: { ...size, height: WINDOW_HEIGHT }, scale: 1, colorScheme: theme });
        const page = await openGallery(context, stage.worker.url, { theme, lang }, (page) => page.clock.install());
        await pauseTheClock(page);
        const phones = await page.evaluate(stopTheClocks);
        assert.ok(device === 'desktop' || phones > 6, 'what is said on a phone is in the pictures');
        const seen = await picturesOf(page);
        await context.close();
        const path = join(PICTURES, `${device}-${theme}-${lang}.png`);
        if (process.env.UPDATE_PICTURES) {
          mkdirSync(PICTURES, { recursive: true });
          writeFileSync(path, PNG.sync.write(sideBySide(seen)));
          return;
        }
        assert.ok(existsSync(path), `${path} is missing; make it with UPDATE_PICTURES=1 and look at it`);
        const kept = PNG.sync.read(readFileSync(path));
        const different = seen
          .map(({ id, picture }, at) => ({ id, off: mostOff(picture, kept, placeOf(at)) }))
          .filter(({ off }) => off > MOST_IN_FRAME);
        assert.deepEqual(different, [], `is different from ${path}`);
      });
    }
  }
}

/** Stops the page's clock a moment in the future. If the machine is too slow for that, tries again with a later moment. */
async function pauseTheClock(page) {
  for (const aheadMs of [100, 400, 1600, 6400]) {
    const now = await page.evaluate(() => Date.now());
    try {
      return await page.clock.pauseAt(now + aheadMs);
    } catch (error) {
      if (!/to the past/.test(error.message)) throw error;
    }
  }
  throw new Error('the clock of the page could not be stopped');
}

test('in every state it says what happened, offers what can be done, and shows a code only where one can be paid', async () => {
  const context = await openContext(browser);
  const page = await openGallery(context, stage.worker.url, { theme: 'light', lang: 'en' });
  const seen = await page.evaluate(whatIsSaid);
  await context.close();
  assert.deepEqual(byNames(seen), SAID);
});

/** Runs in the page: sets all remaining times to the same text. Returns how many elements show what to do on a phone. */
function stopTheClocks() {
  const roots = [...document.querySelectorAll('wechat-pay')].map(({ shadowRoot }) => shadowRoot);
  for (const root of roots) {
    const time = root.querySelector('[part=time]');
    time.textContent = time.textContent.replace(/\d+:\d+/, '29:00');
  }
  return roots.filter((root) => getComputedStyle(root.querySelector('[part=phone]')).display === 'block').length;
}

/** Each section's id and its small picture. */
async function picturesOf(page) {
  const seen = [];
  for (const section of await page.locator('section').all()) {
    const shot = PNG.sync.read(await section.screenshot({ animations: 'disabled' }));
    seen.push({ id: await section.getAttribute('id'), picture: small(shot) });
  }
  return seen;
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

const placeOf = (at) => ({ left: (at % COLUMNS) * PLACE.width, top: Math.floor(at / COLUMNS) * PLACE.height });

/** All sections in one picture. The rest of it is transparent. */
function sideBySide(seen) {
  const all = new PNG({ width: COLUMNS * PLACE.width, height: Math.ceil(seen.length / COLUMNS) * PLACE.height });
  seen.forEach(({ id, picture }, at) => {
    assert.ok(picture.width <= PLACE.width && picture.height <= PLACE.height, `${id} is larger than its place`);
    const { left, top } = placeOf(at);
    PNG.bitblt(picture, all, 0, 0, picture.width, picture.height, left, top);
  });
  return all;
}

/** How many cells are off in the worst frame of a section; all of them if the section's size has changed. */
function mostOff({ data, width, height }, kept, { left, top }) {
  const place = (x, y) => 4 * ((top + y) * kept.width + left + x);
  const painted = (x, y) => x < PLACE.width && y < PLACE.height && kept.data[place(x, y) + 3] > 0;
  const asLarge = painted(width - 1, 0) && !painted(width, 0) && painted(0, height - 1 - MOST_TALLER) && !painted(0, height + MOST_TALLER);
  if (!asLarge) return width * height;
  const distance = (x, y, part) => Math.abs(data[4 * (y * width + x) + part] - kept.data[place(x, y) + part]);
  const isOff = (x, y) => painted(x, y) && [0, 1, 2].some((part) => distance(x, y, part) > MOST_OFF);
  // For each corner, how many cells are off above and to its left. The count of a frame follows from its four corners.
  const corners = new Uint32Array((width + 1) * (height + 1));
  const corner = (x, y) => y * (width + 1) + x;
  let most = 0;
  for (let y = 1; y <= height; y += 1) {
    for (let x = 1; x <= width; x += 1) {
      corners[corner(x, y)] = corners[corner(x - 1, y)] + corners[corner(x, y - 1)] - corners[corner(x - 1, y - 1)] + isOff(x - 1, y - 1);
      const [x0, y0] = [Math.max(0, x - FRAME.width), Math.max(0, y - FRAME.height)];
      most = Math.max(most, corners[corner(x, y)] - corners[corner(x0, y)] - corners[corner(x, y0)] + corners[corner(x0, y0)]);
    }
  }
  return most;
}
