// Nothing on the page moves in WebKit while the element loads: not when the script, the words, the order or the code arrives.
// The tests hold each of them until the page has been painted without it. This engine does not report layout shifts
// (`layout-shift`), so the test measures in every frame the element's height and the place of the text below it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { POLICY, widgetOf } from '../../support/page/widget-html.mjs';
import { ROOT } from '../../support/project.mjs';
import { until } from '../../support/until.mjs';
import { inWebKit, test } from '../../support/webkit/webkit.mjs';

/** The style that the README gives to keep the element's place. */
const PLACE = readFileSync(join(ROOT, 'crates', 'widget', 'README.md'), 'utf8').match(/```css\n(wechat-pay:not[^`]*)```/)[1];
const STYLES = POLICY.replace('script-src', "style-src 'unsafe-inline'; script-src");

const at = inWebKit();

/** Runs in the page first: records in every frame the element's height and the place of the text below it. */
function watchPlaces() {
  globalThis.places = new Set();
  const look = () => {
    const [element, below] = [document.querySelector('wechat-pay'), document.querySelector('#below')];
    if (below && !globalThis.places.size) fetch('/of-the-test/tells/there');
    if (below) globalThis.places.add(`${element.offsetHeight} ${below.getBoundingClientRect().top + scrollY}`);
    requestAnimationFrame(look);
  };
  look();
}

/** Opens a page on which the script, the words and the order wait to be released. */
async function enter(attributes = '') {
  const release = {
    script: at.proxy.hold(/\/wechat-pay\.js$/),
    words: at.proxy.hold(/\/wechat-pay\.\w+(-\w+)?\.json$/),
    order: at.proxy.hold(/^\/api\/orders$/),
  };
  const shop = await at.open({
    policy: STYLES,
    html: `<style>${PLACE}</style><p>Above.</p>${widgetOf(attributes)}<p id="below">What the shop says below.</p>`,
    first: watchPlaces,
    isDefined: false,
    pageLoadStrategy: 'none', // the load would wait for the script, which is held
  });
  await at.proxy.hears('there');
  return { shop, release };
}

const defined = (shop) => until('the element is defined', () => shop.run(() => customElements.get('wechat-pay') !== undefined));
const places = (shop) => shop.run(() => [...globalThis.places]);

test('an idle element is as tall as its button from the first paint on, and nothing moves', async () => {
  const { shop, release } = await enter();
  const heights = [await shop.painted()];
  release.script();
  await defined(shop);
  heights.push(await shop.painted());
  release.words();
  await shop.says('Pay with WeChat Pay');
  heights.push(await shop.painted());
  release.order();
  assert.deepEqual(heights, [48, 48, 48]);
  assert.equal((await places(shop)).length, 1, `${await places(shop)}`);
});

test('an element that starts by itself has its height from the first paint to the code, and nothing moves', async () => {
  const { shop, release } = await enter('autostart');
  const heights = [await shop.painted()];
  release.script();
  await defined(shop);
  heights.push(await shop.painted());
  release.words();
  await shop.says('Preparing your code…');
  heights.push(await shop.painted());
  release.order();
  const { code_url } = await shop.showing();
  assert.equal(await shop.code(), code_url);
  heights.push(await shop.painted());
  assert.deepEqual(heights, [612, 612, 612, 612]);
  assert.equal((await places(shop)).length, 1, `${await places(shop)}`);
});

test('after a press all that comes has its place already', async () => {
  const { shop, release } = await enter();
  release.script();
  release.words();
  await shop.press('Pay with WeChat Pay');
  await shop.says('Preparing your code…');
  const height = await shop.painted();
  await shop.run(() => globalThis.places.clear());
  release.order();
  await shop.showing();
  await shop.press('I have paid');
  await shop.says('Checking your payment…');
  assert.equal(await shop.painted(), height);
  assert.equal((await places(shop)).length, 1, `${await places(shop)}`);
});
