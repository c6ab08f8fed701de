// On a phone: a phone cannot scan its own screen. The element says so, and can send the page's address to another device.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SIZES } from '../support/page/browsers.mjs';
import { inBrowser } from '../support/page/in-browser.mjs';
import { WidgetPage, widgetOf } from '../support/page/widget-page.mjs';

const SCREENS = {
  'a phone': SIZES.phone,
  'a phone on its side': { width: 844, height: 390, touch: true },
  'a tablet': { width: 1024, height: 1366, touch: true },
};
const IN_WECHAT = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50(0x18003234) NetType/WIFI';
const ON_A_COMPUTER = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/132.0.0.0 Safari/537.36 NetType/WIFI MicroMessenger/7.0.20.1781(0x6700143B) WindowsWechat(0x63090a13)';

const at = inBrowser();

async function enter({ size = SIZES.phone, as, html = widgetOf(), before = () => {} } = {}) {
  await at.openContext({ size });
  return WidgetPage.open(at.context, at.stage.worker.url, {
    html: `<meta name="viewport" content="width=device-width">${html}`,
    before: async (page) => {
      if (as) await page.addInitScript((as) => Object.defineProperty(navigator, 'userAgent', { get: () => as }), as);
      await before(page);
    },
  });
}

const phoneOf = (shop) => shop.widget.locator('[part=phone]');

for (const [name, size] of Object.entries(SCREENS)) {
  test(`on ${name} it says what to do there, closed until it is asked`, async () => {
    const shop = await enter({ size });
    await shop.pay();
    await shop.says('Paying on this phone?');
    assert.equal(await phoneOf(shop).evaluate(({ open }) => open), false);
    await shop.widget.getByText('Paying on this phone?').click();
    await shop.widget.getByText(/A phone cannot scan its own screen/).waitFor();
    await shop.widget.getByRole('button', { name: 'Send this page to another device' }).waitFor();
  });

  test(`inside WeChat on ${name} it is said unasked`, async () => {
    const shop = await enter({ size, as: IN_WECHAT });
    await shop.pay();
    await shop.widget.getByText(/WeChat cannot scan its own screen/).waitFor();
  });
}

test('inside WeChat it is said even where the pointer is fine; on a computer neither in WeChat nor outside', async () => {
  const tablet = await enter({ size: SIZES.desktop, as: IN_WECHAT });
  await tablet.pay();
  await tablet.widget.getByText(/WeChat cannot scan its own screen/).waitFor();
  await at.context.close();
  for (const as of [ON_A_COMPUTER, undefined]) {
    const shop = await enter({ size: SIZES.desktop, as });
    await shop.pay();
    assert.equal(await phoneOf(shop).isVisible(), false);
    await at.context.close();
  }
});

test('another way to pay that the shop has is beside it, and a press on it is the shop’s', async () => {
  const shop = await enter({ html: widgetOf().replace('></', '><a slot="other" href="#h5">Pay in the WeChat app</a></') });
  await shop.pay();
  const other = shop.page.getByRole('link', { name: 'Pay in the WeChat app' });
  assert.equal(await other.isVisible(), false);
  await shop.widget.getByText('Paying on this phone?').click();
  await other.click();
  assert.equal(new URL(shop.page.url()).hash, '#h5');
});

/** Opens the block and presses *send*. The test plays the browser's share dialog and its clipboard. */
async function send({ share, clipboard = 'allowed' }) {
  const shop = await enter({
    before: (page) =>
      page.addInitScript(
        ({ share, clipboard }) => {
          globalThis.handed = [];
          const hand = (answer, what) => {
            globalThis.handed.push(what);
            return answer === 'allowed' ? Promise.resolve() : Promise.reject(new DOMException('played', answer));
          };
          Object.defineProperty(navigator, 'share', { value: share && (({ url }) => hand(share, `share ${url}`)) });
          Object.defineProperty(navigator, 'clipboard', { value: clipboard && { writeText: (text) => hand(clipboard, `copy ${text}`) } });
        },
        { share, clipboard },
      ),
  });
  await shop.pay();
  await shop.page.evaluate(() => (location.hash = 'private'));
  await shop.widget.getByText('Paying on this phone?').click();
  await shop.widget.getByRole('button', { name: 'Send this page to another device' }).click();
  return {
    shop,
    url: `${at.stage.worker.url}/page-of-a-test`,
    handed: () => shop.page.evaluate(() => globalThis.handed),
    said: shop.widget.locator('[part=shared]'),
  };
}

test('the page’s address goes to another device by the share sheet, and nothing else of it', async () => {
  const { url, handed, said } = await send({ share: 'allowed' });
  assert.deepEqual(await handed(), [`share ${url}`]);
  assert.equal(await said.innerText(), '');
});

test('a share sheet that the shopper closes is closed', async () => {
  const { url, handed, said } = await send({ share: 'AbortError' });
  assert.deepEqual(await handed(), [`share ${url}`]);
  assert.equal(await said.innerText(), '');
});

for (const share of [undefined, 'NotAllowedError']) {
  test(`where there is no share sheet (${share}) the address is copied, and that is said in a live region`, async () => {
    const { shop, url, handed, said } = await send({ share });
    await shop.says('Address copied');
    assert.equal(await said.getAttribute('role'), 'status');
    assert.equal((await handed()).at(-1), `copy ${url}`);
  });
}

for (const clipboard of [null, 'NotAllowedError']) {
  test(`where the clipboard is closed as well (${clipboard}) the address is there to read`, async () => {
    const { shop, url, said } = await send({ share: 'NotAllowedError', clipboard });
    await shop.says(url);
    assert.equal(await said.getAttribute('role'), 'status');
    assert.equal(await said.evaluate((element) => getComputedStyle(element).userSelect), 'all', 'taken whole by one press');
  });
}
