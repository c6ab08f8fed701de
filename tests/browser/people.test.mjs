// People: keyboard, focus, what a screen reader is told, and axe-core on every state in both themes.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';

import { openBrowser, openContext, SIZES } from '../support/browsers.mjs';
import { ROOT } from '../support/project.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';
import { WidgetPage } from '../support/widget-page.mjs';

const AXE = readFileSync(join(ROOT, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');
const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

let stage;
let browser;
let context;
before(async () => {
  [stage, browser] = await Promise.all([setStage(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await stage?.stop();
});
afterEach(async () => {
  const troubles = context?.troubles ?? [];
  await context?.close();
  assert.deepEqual(troubles, []);
});

async function enter(options) {
  context = await openContext(browser);
  return WidgetPage.open(context, stage.worker.url, options);
}

const focused = (shop) => shop.widget.evaluate((element) => element.shadowRoot.activeElement?.getAttribute('part') ?? null);

test('by keyboard alone: pay, I have paid, cancel, pay again; the focus is never lost and never stolen', async () => {
  const shop = await enter();
  const { keyboard } = shop.page;
  await keyboard.press('Tab');
  assert.equal(await focused(shop), 'button pay');
  await keyboard.press('Enter');
  await shop.showing();
  assert.equal(await focused(shop), 'box', 'the button that went away hands the focus to its box');
  await keyboard.press('Tab');
  assert.equal(await focused(shop), 'button claim');
  await keyboard.press('Space');
  await shop.says('Checking your payment…');
  await keyboard.press('Tab');
  assert.equal(await focused(shop), 'button cancel');
  await keyboard.press('Enter');
  await shop.says('Payment cancelled');
  assert.equal(await focused(shop), 'box');
  await keyboard.press('Tab');
  assert.equal(await focused(shop), 'button pay');
});

test('a shopper who is elsewhere on the page stays there when the payment arrives', async () => {
  const shop = await enter({ html: '<input aria-label="note"><wechat-pay sku="tea-gift-set"></wechat-pay>' });
  const { code_url } = await shop.pay();
  await shop.page.getByLabel('note').focus();
  await stage.gateway.pay(code_url);
  await shop.says('Payment received');
  assert.equal(await shop.page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'note');
});

test('each state is announced once, politely; the countdown is read to nobody', async () => {
  const shop = await enter({ before: (page) => page.clock.install() });
  await shop.page.evaluate(() => {
    const root = document.querySelector('wechat-pay').shadowRoot;
    globalThis.announced = [];
    for (const region of root.querySelectorAll('[role=status], [role=alert], [aria-live]')) {
      new MutationObserver(() => {
        const text = region.innerText.trim();
        if (text && globalThis.announced.at(-1) !== text) globalThis.announced.push(text);
      }).observe(region, { subtree: true, childList: true, characterData: true, attributes: true });
    }
  });
  const { code_url } = await shop.pay();
  assert.equal(await shop.widget.getByRole('timer').getAttribute('aria-live'), null, 'a timer is silent by its role');
  await shop.pass(10_000, 2000);
  await stage.gateway.pay(code_url);
  await shop.says('Payment received');
  const announced = await shop.page.evaluate(() => globalThis.announced.map((text) => text.split('\n')[0]));
  const told = announced.filter((text, at) => announced.indexOf(text) === at);
  assert.deepEqual(announced, told, 'nothing twice');
  assert.deepEqual(told.at(-1), 'Payment received');
  assert.ok(told.includes('Scan with WeChat to pay'));
  assert.equal(told.some((text) => /Time left/.test(text)), false);
});

test('the code has a name that says what it is and what it costs', async () => {
  const shop = await enter();
  await shop.pay();
  await shop.widget.getByRole('img', { name: /QR code for WeChat Pay, HK\$\s?88\.00/ }).waitFor();
});

test('with forced colours and without motion the code is still black on white', async () => {
  const shop = await enter();
  await shop.page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce', colorScheme: 'dark' });
  const { code_url } = await shop.pay();
  const { fromPng } = await import('../support/qr.mjs');
  assert.equal(fromPng(await shop.page.screenshot()), code_url);
});

test('the language asked for last is the one that is shown, whichever arrives first', async () => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  const shop = await enter({
    before: (page) =>
      page.route('**/wechat-pay.en.json', async (route) => {
        await held;
        await route.continue();
      }),
  });
  const english = shop.page.waitForResponse('**/wechat-pay.en.json');
  await shop.widget.evaluate((element) => (element.lang = 'zh-CN'));
  await shop.widget.getByRole('button', { name: '微信支付' }).waitFor();
  release();
  await (await english).finished();
  await shop.page.evaluate(() => new Promise((frame) => requestAnimationFrame(() => requestAnimationFrame(frame))));
  assert.equal(await shop.widget.getByRole('button', { name: '微信支付' }).isVisible(), true);
});

for (const theme of ['light', 'dark']) {
  for (const [device, lang] of [['desktop', 'en'], ['phone', 'ar']]) {
    test(`axe-core finds nothing in any state, ${theme}, ${lang}, on a ${device}`, async () => {
      context = await openContext(browser, { size: SIZES[device], colorScheme: theme });
      const page = await context.newPage();
      await page.goto(`${stage.worker.url}/widget/?theme=${theme}&lang=${lang}`);
      await until('every state is there', () =>
        page.evaluate(() => {
          const elements = [...document.querySelectorAll('wechat-pay')];
          return elements.length > 10 && elements.every(({ state }, at) => at === 0 || state !== 'idle');
        }),
      );
      await page.evaluate(AXE);
      const found = await page.evaluate(
        async (standards) => {
          const { violations } = await globalThis.axe.run(document, {
            runOnly: { type: 'tag', values: standards },
            resultTypes: ['violations'],
          });
          return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target.flat().join(' ')} ${failureSummary}`).join('; ')}`);
        },
        STANDARDS,
      );
      assert.deepEqual(found, []);
    });
  }
}
