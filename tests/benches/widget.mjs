// How long a QR code takes in Chromium and, if it is installed, in WebKit. Our encoder and four encoders of npm encode and
// draw the same texts on the same canvas in one run. `cargo xtask bench widget` runs it.
//
// Warm: the median of many texts in a page that has drawn some before. Cold: from the import to the painted code, with all
// files in the browser's cache. (A driven WebKit caches only scripts.) Chromium is measured at full speed and with the
// processor slowed down six times.

import { openBrowser } from '../support/page/browsers.mjs';
import { ENCODERS, serveEncoders } from './encoders.mjs';
import { measureInWebKit } from './in-webkit.mjs';

const WARM_TEXTS = 400;
const COLD_STARTS = 9;
/** Pixels per module, the same for all encoders: the widget's usual size on screens with one and two pixels per CSS pixel. */
const SCALES = [6, 12];

const { origin, stop } = await serveEncoders();
try {
  tell('encoder, in Chromium', ['cold', 'cold, processor 6 × slower'], await measureInChromium());
  if (process.env.WEBKIT_DRIVER_BIN) tell('encoder, in WebKit', ['cold'], await measureInWebKit(origin, SCALES));
} finally {
  stop();
}

/** A table of times in milliseconds: for each encoder the two warm times, then the cold ones. */
function tell(first, others, rows) {
  console.log(`\n| ${[first, 'warm, 246 pixels', 'warm, 492 pixels', ...others].join(' | ')} |\n|${' --- |'.repeat(3 + others.length)}`);
  for (const [name, [small, large, ...cold]] of rows) {
    console.log(`| ${[name, ...[small, large].map((ms) => `${Math.round(1000 * ms)} µs`), ...cold.map((ms) => `${ms.toFixed(1)} ms`)].join(' | ')} |`);
  }
}

async function measureInChromium() {
  const browser = await openBrowser({ whole: true });
  try {
    const rows = new Map(ENCODERS.map((name) => [name, []]));
    for (const scale of SCALES) for (const name of ENCODERS) rows.get(name).push(await warm(browser, name, scale));
    for (const slower of [1, 6]) for (const name of ENCODERS) rows.get(name).push(await cold(browser, name, slower));
    return rows;
  } finally {
    await browser.close();
  }
}

/** Milliseconds for one code. */
async function warm(browser, name, scale) {
  const page = await browser.newPage();
  await page.goto(origin);
  const ms = await page.evaluate(
    async ({ name, count, scale }) => {
      const { show } = await import(`/${name}.js`);
      const canvas = document.querySelector('canvas');
      const text = () => `weixin://wxpay/bizpayurl/up?pr=${crypto.randomUUID().slice(0, 12).replace('-', 'x')}&groupid=00`;
      for (let at = 0; at < count / 4; at += 1) show(canvas, text(), scale);
      // In groups, because the browser's clock is too coarse for one code.
      const times = [];
      for (let group = 0; group < count / 10; group += 1) {
        const texts = Array.from({ length: 10 }, text);
        const began = performance.now();
        for (const each of texts) show(canvas, each, scale);
        times.push((performance.now() - began) / 10);
      }
      times.sort((a, b) => a - b);
      return times[times.length >> 1];
    },
    { name, count: WARM_TEXTS, scale },
  );
  await page.close();
  return ms;
}

/** Milliseconds from the import to the painted code, the median of several new pages. */
async function cold(browser, name, slower) {
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
    if (start > 0) times.push(ms); // the first start fills the cache
    await page.close();
  }
  await context.close();
  return times.sort((a, b) => a - b)[times.length >> 1];
}
