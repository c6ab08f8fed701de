// Nothing on the page moves while the element loads: not when the script, the words, the order or the code arrives. The
// tests hold each of them until the page has been painted without it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { ENGINE, SIZES } from '../support/page/browsers.mjs';
import { wearFonts } from '../support/page/fonts.mjs';
import { inBrowser } from '../support/page/in-browser.mjs';
import { POLICY, WidgetPage, widgetOf } from '../support/page/widget-page.mjs';
import { LANGUAGES } from '../support/page/words.mjs';
import { ROOT } from '../support/project.mjs';
import { until } from '../support/until.mjs';

/** The style that the README gives to keep the element's place. */
const PLACE = readFileSync(join(ROOT, 'crates', 'widget', 'README.md'), 'utf8').match(/```css\n(wechat-pay:not[^`]*)```/)[1];
const BELOW = '<p>What the shop says below.</p>'.repeat(12);
/** Firefox's driver cannot imitate a touch screen. */
const DEVICES = ENGINE === 'chromium' ? ['desktop', 'phone'] : ['desktop'];

const at = inBrowser();

/** Records every layout shift that the browser reports, also shifts soon after a press. */
function watchShifts() {
  globalThis.shifts = [];
  if (!PerformanceObserver.supportedEntryTypes.includes('layout-shift')) return; // Firefox. The tests also compare heights.
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries()) {
      globalThis.shifts.push({ value, who: sources.map(({ node }) => node?.getAttribute?.('part') ?? node?.nodeName).join() });
    }
  }).observe({ type: 'layout-shift', buffered: true });
}

/** Holds a page's requests until they are released. */
async function hold(page, address) {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route(address, async (route) => {
    await held;
    await route.continue();
  });
  return release;
}

/** Opens a page on which the script, the words and the order wait to be released. */
async function enter(device, attributes = '') {
  await at.openContext({ size: SIZES[device] });
  const releases = {};
  const opening = WidgetPage.open(at.context, at.stage.worker.url, {
    policy: POLICY.replace("script-src", "style-src 'unsafe-inline'; script-src"),
    html: `<meta name="viewport" content="width=device-width"><style>${PLACE}</style><p>Above.</p>${widgetOf(attributes)}${BELOW}`,
    before: async (page) => {
      await page.addInitScript(watchShifts);
      releases.script = await hold(page, '**/wechat-pay.js');
      releases.words = await hold(page, /wechat-pay\.\w+(-\w+)?\.json/);
      releases.order = await hold(page, '**/api/orders*');
      releases.page = page;
    },
  });
  await until('the page is there', () => releases.page?.evaluate(() => document.querySelector('p:last-of-type') !== null).catch(() => false));
  return { ...releases, opening };
}

/** Waits until everything so far has been painted. Resolves to the element's height at that time. */
async function painted(page) {
  return page.evaluate(async () => {
    for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
    return document.querySelector('wechat-pay').getBoundingClientRect().height;
  });
}

/** How far the last button is below the element's top. The place in the window would not do, because drivers scroll. */
const placeOfCancel = (page) =>
  page.evaluate(() => {
    const element = document.querySelector('wechat-pay');
    return element.shadowRoot.querySelector('[part~=cancel]').getBoundingClientRect().top - element.getBoundingClientRect().top;
  });

const shifts = (page) => page.evaluate(() => globalThis.shifts);
const sum = (shifts) => shifts.reduce((all, { value }) => all + value, 0);

for (const device of DEVICES) {
  test(`an idle element is as tall as its button from the first paint on, and nothing moves, on a ${device}`, async () => {
    const { page, opening, ...release } = await enter(device);
    const heights = [await painted(page)];
    release.script();
    const shop = await opening;
    heights.push(await painted(page));
    assert.equal((await shop.widget.locator('[part=box]').innerText()).trim(), '');
    assert.equal(await shop.widget.locator('button, [part=stage]').filter({ visible: true }).count(), 0, 'nothing is shown that has no words yet');
    release.words();
    const pay = shop.widget.getByRole('button', { name: 'Pay with WeChat Pay' });
    await pay.waitFor();
    heights.push(await painted(page), (await pay.boundingBox()).height);
    release.order();
    assert.deepEqual(heights, [48, 48, 48, 48]);
    assert.deepEqual(await shifts(page), []);
  });

  test(`an element that starts by itself has its height from the first paint to the code, and nothing moves, on a ${device}`, async () => {
    const { page, opening, ...release } = await enter(device, 'autostart');
    const heights = [await painted(page)];
    release.script();
    const shop = await opening;
    heights.push(await painted(page));
    assert.equal(await shop.state(), 'creating');
    release.words();
    await shop.says('Preparing your code…');
    heights.push(await painted(page));
    release.order();
    await shop.showing();
    heights.push(await painted(page));
    assert.deepEqual(new Set(heights).size, 1, `${heights}`);
    assert.ok(sum(await shifts(page)) < 0.01, JSON.stringify(await shifts(page)));
  });

  test(`a code that is there before the words is shown, with a name, and moves nothing when they come, on a ${device}`, async () => {
    const { page, opening, ...release } = await enter(device, 'autostart');
    release.script();
    release.order();
    const shop = await opening;
    await shop.widget.getByRole('img', { name: 'WeChat Pay' }).waitFor();
    await painted(page);
    assert.equal(await shop.widget.getByRole('button').count(), 0, 'no button without a name');
    assert.equal(await shop.code(), (await shop.order()).code_url);
    release.words();
    await shop.showing();
    await painted(page);
    assert.ok(sum(await shifts(page)) < 0.01, JSON.stringify(await shifts(page)));
  });

  test(`after a press all that comes has its place already, on a ${device}`, async () => {
    const { page, opening, ...release } = await enter(device);
    release.script();
    release.words();
    const shop = await opening;
    await shop.widget.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
    await shop.says('Preparing your code…');
    const height = await painted(page);
    const before = (await shifts(page)).length;
    const place = await placeOfCancel(page);
    release.order();
    await shop.showing();
    assert.equal(await painted(page), height);
    assert.equal(await placeOfCancel(page), place);
    await shop.widget.getByRole('button', { name: 'I have paid' }).click();
    await shop.says('Checking your payment…');
    assert.equal(await painted(page), height);
    assert.equal(await placeOfCancel(page), place);
    const moved = (await shifts(page)).slice(before);
    assert.ok(sum(moved) < 0.01, JSON.stringify(moved));
  });

  test(`in every language all has its place before the order is there, on a ${device}`, async () => {
    await at.openContext({ size: SIZES[device] });
    let release;
    const shop = await WidgetPage.open(at.context, at.stage.worker.url, {
      html: `<meta name="viewport" content="width=device-width">${LANGUAGES.map((lang) => widgetOf(`lang="${lang}" autostart`)).join('')}`,
      before: async (page) => {
        await wearFonts(page);
        release = await hold(page, '**/api/orders*');
        await page.routeWebSocket(/\/live$/, (socket) => socket.close()); // sixteen sockets to one order are too many
      },
    });
    const places = (state) =>
      until(`all are ${state}`, () =>
        shop.page.evaluate((state) => {
          const all = [...document.querySelectorAll('wechat-pay')];
          const ready = all.every((it) => it.state === state && it.shadowRoot.querySelector('[part~=cancel]').textContent);
          const top = (it, part) => it.shadowRoot.querySelector(`[part~=${part}]`).getBoundingClientRect().top - it.getBoundingClientRect().top;
          return ready && all.map((it) => [it.lang, it.offsetHeight, top(it, 'stage'), top(it, 'cancel')].join(' '));
        }, state),
      );
    const creating = await places('creating');
    const heights = new Set(creating.map((place) => place.split(' ')[1]));
    assert.deepEqual([...heights], [device === 'phone' ? '688' : '612'], 'no language needs more than is kept before its words are there');
    release();
    assert.deepEqual(await places('showing'), creating);
  });
}
