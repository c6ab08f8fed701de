// Accessibility: keyboard, focus, what a screen reader gets, and axe-core on every state in both themes.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { ENGINE, SIZES } from '../support/page/browsers.mjs';
import { openGallery } from '../support/page/gallery-page.mjs';
import { inBrowser } from '../support/page/in-browser.mjs';
import { WidgetPage, widgetOf } from '../support/page/widget-page.mjs';
import { ROOT } from '../support/project.mjs';
import { until } from '../support/until.mjs';

const AXE = readFileSync(join(ROOT, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');
const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const at = inBrowser();

async function enter(options) {
  await at.openContext();
  return WidgetPage.open(at.context, at.stage.worker.url, options);
}

/** The whole page as Chromium gives it to a screen reader. */
async function heard(page) {
  const session = await at.context.newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  await session.detach();
  return nodes
    .filter(({ ignored }) => !ignored)
    .map(({ role, name, backendDOMNodeId, properties }) => ({
      role: role?.value,
      name: name?.value ?? '',
      node: backendDOMNodeId,
      live: properties?.find(({ name }) => name === 'live')?.value.value,
    }));
}

/** Applies the test's `changes` to every view of an order from the Worker, until `changes` is null. */
async function changeOrders(page, changes) {
  await page.routeWebSocket(/\/live$/, (socket) => socket.close());
  await page.addInitScript((changes) => {
    globalThis.changes = changes;
    const ask = globalThis.fetch;
    globalThis.fetch = async (...request) => {
      const answer = await ask(...request);
      if (!globalThis.changes || !String(request[0]).includes('/api/orders')) return answer;
      const view = await answer.json();
      Object.assign(view.order ?? view, globalThis.changes);
      return Response.json(view);
    };
  }, changes);
}

const focused = (shop) => shop.widget.evaluate((element) => element.shadowRoot.activeElement?.getAttribute('part') ?? null);

test('by keyboard alone: pay, I have paid, cancel, pay again; the focus is never lost and never stolen', async () => {
  const shop = await enter();
  const { keyboard } = shop.page;
  await shop.widget.getByRole('button').waitFor();
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
  await at.stage.gateway.pay(code_url);
  await shop.says('Payment received');
  assert.equal(await shop.page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'note');
});

test('what has the focus after a press has a name, and is no live text that would be read twice', async () => {
  const shop = await enter();
  await shop.pay();
  const [name, live] = await shop.widget.evaluate(({ shadowRoot: { activeElement } }) => [
    activeElement.ariaLabel,
    activeElement.closest('[role=status], [role=timer], [aria-live]'),
  ]);
  assert.equal(name, 'Pay with WeChat Pay');
  assert.equal(live, null);
});

test('focus in what the shop slotted in, or on a button that is disabled, is not lost with it', async () => {
  const error = '<a slot="error" href="#help">Ask the shop</a>';
  const shop = await enter({
    html: widgetOf().replace('></', `>${error}</`),
    before: (page) => changeOrders(page, { status: 'failed', failure: 'gateway_unreachable' }),
  });
  await shop.widget.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
  await shop.says('Payment is not possible');
  await shop.page.getByText('Ask the shop').focus();
  await shop.page.evaluate(() => (globalThis.changes = null));
  await shop.widget.evaluate((element) => element.start());
  await shop.showing();
  assert.equal(await focused(shop), 'box');
  await shop.widget.getByRole('button', { name: 'Cancel' }).click();
  await shop.says('Payment cancelled');
  await shop.widget.getByRole('button', { name: 'Pay with WeChat Pay' }).focus();
  await shop.widget.evaluate((element) => (element.disabled = true));
  assert.equal(await focused(shop), 'box');
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
  await at.stage.gateway.pay(code_url);
  await shop.says('Payment received');
  const announced = await shop.page.evaluate(() => globalThis.announced.map((text) => text.split('\n')[0]));
  const told = announced.filter((text, at) => announced.indexOf(text) === at);
  assert.deepEqual(announced, told, 'nothing twice');
  assert.deepEqual(told.at(-1), 'Payment received');
  assert.ok(told.includes('Scan with WeChat to pay'));
  assert.equal(told.some((text) => /Time left/.test(text)), false);
});

test('a live region is there before it speaks: offline is told by one that was silent', { skip: ENGINE !== 'chromium' }, async () => {
  const shop = await enter();
  const regions = async () => (await heard(shop.page)).filter(({ role, live }) => role === 'status' && live === 'polite');
  const said = () =>
    shop.widget.evaluate(({ shadowRoot }) =>
      [...shadowRoot.querySelectorAll('[role=status]')].map((region) => region.innerText.trim()),
    );
  await shop.widget.getByRole('button', { name: 'Pay with WeChat Pay' }).waitFor();
  const idle = await regions();
  assert.equal(idle.length, 2, 'where it stands, and what is in the way');
  assert.deepEqual((await said()).filter(Boolean), []);
  await shop.pay();
  await shop.live();
  assert.deepEqual(await regions(), idle);
  const online = (online) =>
    shop.page.evaluate((online) => {
      Object.defineProperty(navigator, 'onLine', { configurable: true, get: () => online });
      dispatchEvent(new Event(online ? 'online' : 'offline'));
    }, online);
  await online(false);
  await shop.says('You are offline. We continue as soon as you are back.');
  assert.deepEqual(await regions(), idle, 'the same regions');
  await online(true);
  await until('nothing is in the way', async () => !(await said()).some((text) => text.startsWith('You are offline')));
});

test('what is busy is the place of the code, never the news that shall be read', async () => {
  let release;
  const shop = await enter({
    before: (page) =>
      page.route('**/api/orders*', async (route) => {
        await new Promise((resolve) => (release = resolve));
        await route.continue();
      }),
  });
  const busy = () =>
    shop.widget.evaluate((element) =>
      [element, ...element.shadowRoot.querySelectorAll('*')]
        .filter(({ ariaBusy }) => ariaBusy === 'true')
        .map((it) => it.getAttribute('part')),
    );
  await shop.widget.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
  await shop.says('Preparing your code…');
  await until('the order is asked for', () => release);
  assert.deepEqual(await busy(), ['stage']);
  release();
  await shop.showing();
  assert.deepEqual(await busy(), []);
});

test('before the words are there a screen reader finds nothing without a name', { skip: ENGINE !== 'chromium' }, async () => {
  let release;
  const shop = await enter({
    html: widgetOf('autostart'),
    before: (page) =>
      page.route('**/wechat-pay.en.json', async (route) => {
        await new Promise((resolve) => (release = resolve));
        await route.continue();
      }),
  });
  await shop.widget.getByRole('img', { name: 'WeChat Pay' }).waitFor();
  const nameless = (await heard(shop.page)).filter(({ role, name }) => ['button', 'img', 'DisclosureTriangle', 'timer'].includes(role) && !name);
  assert.deepEqual(nameless, []);
  release();
  await shop.showing();
});

test('where motion is unwelcome nothing turns', { skip: ENGINE !== 'chromium' }, async () => {
  const shop = await enter({ before: (page) => page.route('**/api/orders*', () => {}) });
  await shop.widget.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
  await shop.says('Preparing your code…');
  const motion = () => shop.widget.evaluate(({ shadowRoot }) => getComputedStyle(shadowRoot.querySelector('[part=code]'), '::after').animationName);
  assert.equal(await motion(), 'none');
  await shop.page.emulateMedia({ reducedMotion: 'no-preference' });
  assert.equal(await motion(), 'turn');
});

test('it is said where one scans that a code is for one account only', async () => {
  const shop = await enter();
  await shop.pay();
  await shop.widget.getByText('Use one account only: WeChat refuses a second.').waitFor();
});

test('money that does not fit takes the code away and says who looks into it; other notices only say', async () => {
  const shop = await enter({ before: (page) => changeOrders(page, { notices: ['under_review'] }) });
  await shop.widget.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
  await shop.says('The shop is looking into your payment.');
  await shop.says('Checking your payment…');
  assert.equal(await shop.canvas.isVisible(), false);
  assert.equal(await shop.widget.getByRole('button', { name: 'I have paid' }).count(), 0);
  await shop.widget.getByRole('button', { name: 'Cancel' }).click();
  await shop.says('Payment cancelled');
  await shop.says('The shop is looking into your payment.');
});

for (const lang of ['zh-CN.UTF-8', 'zh_CN', 'zh-CN-x', 'zh-CN-123456789']) {
  test(`a language tag that Intl refuses, ${lang}, still chooses the words`, async () => {
    const shop = await enter({ html: widgetOf(`lang="${lang}"`) });
    await shop.widget.getByRole('button', { name: '微信支付' }).click();
    await shop.says('请用微信扫一扫付款');
    await shop.says('HK$88.00');
  });
}

test('the code has a name that says what it is and what it costs', async () => {
  const shop = await enter();
  await shop.pay();
  await shop.widget.getByRole('img', { name: /QR code for WeChat Pay, HK\$\s?88\.00/ }).waitFor();
});

test('with forced colours and without motion the code is still black on white', async () => {
  const shop = await enter();
  await shop.page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce', colorScheme: 'dark' });
  const { code_url } = await shop.pay();
  const { fromPng } = await import('../support/page/qr.mjs');
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
  for (const [device, size] of Object.entries(SIZES)) {
    for (const lang of ENGINE === 'chromium' ? ['en', 'ar'] : []) {
      test(`axe-core finds nothing in any state, ${theme}, ${lang}, on a ${device}`, async () => {
        await at.openContext({ size, colorScheme: theme });
        const page = await openGallery(at.context, at.stage.worker.url, { theme, lang });
        await page.evaluate(AXE);
        const found = await page.evaluate(async (standards) => {
          const { violations } = await globalThis.axe.run(document, {
            runOnly: { type: 'tag', values: standards },
            resultTypes: ['violations'],
          });
          const where = ({ target, failureSummary }) => `${target.flat().join(' ')} ${failureSummary}`;
          return violations.map(({ id, nodes }) => `${id}: ${nodes.map(where).join('; ')}`);
        }, STANDARDS);
        assert.deepEqual(found, []);
      });
    }
  }
}
