// The back office under its policy: no stranger's markup runs, no other origin is asked, no frame holds it; and for everybody: by
// keyboard, on a phone, in both themes and languages.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { startSimulator } from '../support/gateway/simulator.mjs';
import { HOSTILE, HOSTILE_IMAGE, fillPast, order, paid } from '../support/office/fill.mjs';
import { OfficePage } from '../support/office/office-page.mjs';
import { ENGINE, SIZES } from '../support/page/browsers.mjs';
import { inBrowser } from '../support/page/in-browser.mjs';
import { ROOT } from '../support/project.mjs';
import { ADMIN_TOKEN, BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { setStage } from '../support/stage.mjs';
import { WEBHOOK_SECRET, startReceiver } from '../support/worker/webhook-receiver.mjs';

const AXE = readFileSync(join(ROOT, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');
const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** An order whose every text is hostile, with a refund and a webhook that was given up. */
let hostile;

async function set() {
  const receiver = await startReceiver();
  const stage = await setStage({ start: startSimulator, ...BACK_OFFICE, vars: { ...BACK_OFFICE.vars, WEBHOOK_URL: receiver.url, WEBHOOK_SECRET } });
  const { stop } = stage;
  const office = new BackOffice(stage.worker);
  const lines = [{ sku: 'tea', name: HOSTILE, quantity: 1, unit_amount: 8_800 }];
  const metadata = { [HOSTILE_IMAGE]: HOSTILE };
  hostile = await order(stage, 'hostile', { amount_minor: 8_800, description: HOSTILE_IMAGE, reference: HOSTILE, lines, metadata });
  receiver.refuseOf(hostile, { status: 410 });
  await paid(stage, hostile);
  await office.waiting(hostile.id, ({ kind }) => kind === 'webhook_undelivered');
  await office.refund(hostile.id, { out_refund_no: 'R1', amount_minor: 100, reason: HOSTILE });
  await office.refundBecomes(hostile.id, 'R1', 'processing');
  await fillPast(stage.worker, { days: 12 });
  return Object.assign(stage, { stop: () => stop().finally(receiver.stop) });
}

const at = inBrowser({ set });

async function enter(options) {
  await at.openContext(options);
  return OfficePage.open(at.context, at.stage.worker.url, ADMIN_TOKEN);
}

/** Every page, once it shows what it has. */
async function walk(office, visit) {
  const places = { today: '/', orders: '/orders', order: `/orders/${hostile.id}`, attention: '/attention', webhooks: '/webhooks', bills: '/bills', readiness: '/readiness' };
  for (const [name, address] of Object.entries(places)) {
    await office.goto(address);
    if (name === 'today') await office.chart();
    await office.settled();
    await visit(name);
  }
}

test('its files have a strict policy and are in no frame, and only the API wakes the Worker', async () => {
  const head = async (path) => (await fetch(`${at.stage.worker.url}${path}`, { redirect: 'manual' })).headers;
  for (const path of ['/admin/', '/admin/admin.js', '/admin/vendor.js', '/admin/pages/order.js']) {
    const headers = await head(path);
    const policy = headers.get('content-security-policy');
    assert.equal(
      policy,
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
      path,
    );
    assert.deepEqual(
      ['x-frame-options', 'referrer-policy', 'x-content-type-options', 'cache-control', 'cross-origin-opener-policy', 'cross-origin-resource-policy', 'access-control-allow-origin'].map((name) => headers.get(name)),
      ['DENY', 'no-referrer', 'nosniff', 'no-cache', 'same-origin', 'same-origin', null],
      path,
    );
  }
  assert.match((await head('/admin/api/key')).get('content-type'), /problem\+json/);
  assert.equal((await head('/')).get('content-security-policy').includes('wasm-unsafe-eval'), true, 'the shop keeps its own');
});

test('a frame shows nothing of it', async () => {
  await at.openContext();
  const page = await at.context.newPage();
  await page.route('https://other.example/', (route) => route.fulfill({ contentType: 'text/html', body: `<iframe src="${at.stage.worker.url}/admin/"></iframe>` }));
  await page.goto('https://other.example/');
  const frame = page.frames().find((each) => each !== page.mainFrame());
  assert.equal(await frame.locator('#key').count().catch(() => 0), 0);
  // The refusal is what is asked for.
  at.context.troubles.length = 0;
});

test('names, words and metadata of strangers are text on every page, and nothing of them runs', async () => {
  const office = await enter();
  const { page } = office;
  const seen = [];
  await walk(office, async (name) => {
    assert.equal(await page.evaluate(() => globalThis.hacked), undefined, name);
    assert.equal(await page.locator('img[src=x], script:not([src])').count(), 0, name);
    if ((await page.locator('body').innerText()).includes('<img src=x')) seen.push(name);
  });
  assert.ok(seen.includes('orders') && seen.includes('order') && seen.includes('today'), `${seen}`);
  await office.goto(`/orders/${hostile.id}`);
  await page.getByRole('heading', { name: HOSTILE_IMAGE }).waitFor();
  // The goods, the reference, the metadata and the reason.
  await page.getByText(HOSTILE).nth(3).waitFor();
  // An address is a stranger's, too.
  await office.goto(`/orders/${encodeURIComponent(HOSTILE)}`);
  await page.getByText('There is no such order.').waitFor();
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
  at.context.troubles.length = 0;
});

test('nothing is asked of another origin, the key is in no address, and no page breaks the policy', async () => {
  const asked = [];
  await at.openContext();
  at.context.on('request', (request) => asked.push(request));
  const office = await OfficePage.open(at.context, at.stage.worker.url, ADMIN_TOKEN);
  await walk(office, async () => {});
  assert.ok(asked.length > 40, `${asked.length}`);
  const outside = asked.map((request) => request.url()).filter((url) => !url.startsWith(`${at.stage.worker.url}/`) && !url.startsWith('blob:'));
  assert.deepEqual(outside, []);
  const sent = asked.filter((request) => request.url().includes(encodeURIComponent(ADMIN_TOKEN)) && !request.isNavigationRequest());
  assert.deepEqual(sent.map((request) => request.url()), []);
  for (const request of asked) assert.equal(request.headers().referer || undefined, undefined, request.url());
});

for (const colorScheme of ['light', 'dark']) {
  for (const [device, size] of Object.entries(SIZES)) {
    test(`axe-core finds nothing on any page, ${colorScheme}, on a ${device}`, { skip: ENGINE !== 'chromium' }, async () => {
      const office = await enter({ size, colorScheme, locale: device === 'phone' ? 'zh-CN' : 'en-HK' });
      const { page } = office;
      const found = [];
      const look = async (name) => {
        await page.evaluate(AXE);
        const violations = await page.evaluate(async (standards) => {
          const { violations: all } = await globalThis.axe.run(document, { runOnly: { type: 'tag', values: standards }, resultTypes: ['violations'] });
          return all.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target.flat().join(' ')} ${failureSummary}`).join('; ')}`);
        }, STANDARDS);
        found.push(...violations.map((each) => `${name}: ${each}`));
      };
      await walk(office, look);
      await office.goto(`/orders/${hostile.id}`);
      await page.locator('.actions .main-action').first().click();
      await look('refund');
      await page.getByRole('dialog').locator('.main-action').click();
      await look('refund, the question');
      await page.keyboard.press('Escape');
      await office.goto('/orders');
      await page.locator('.page-head .button').click();
      await look('export');
      await page.keyboard.press('Escape');
      await page.locator('.top .button').click();
      await page.locator('#key').waitFor();
      await look('sign in');
      assert.deepEqual(found, []);
    });
  }
}

test('at 390 pixels nothing is wider than the screen, in both languages', async () => {
  for (const locale of ['en-HK', 'zh-CN']) {
    const office = await enter({ size: SIZES.phone, locale });
    await walk(office, async (name) => {
      const width = await office.page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= SIZES.phone.width, `${name}, ${locale}: ${width}`);
    });
    await at.context.close();
  }
});

describe('by keyboard alone', () => {
  /** What has the focus. */
  const focused = (page) => page.evaluate(() => `${document.activeElement.tagName} ${document.activeElement.innerText || document.activeElement.getAttribute('aria-label') || document.activeElement.id}`.trim());

  test('one signs in, skips to the page, goes to an order, and refunds a part of it', async () => {
    await at.openContext();
    const { page } = await OfficePage.open(at.context, at.stage.worker.url);
    const { keyboard } = page;
    assert.equal(await focused(page), 'INPUT key');
    await keyboard.type(ADMIN_TOKEN);
    await keyboard.press('Enter');
    await page.locator('.places').waitFor();
    await page.locator('tbody a').first().waitFor();
    const tabTo = async (name) => {
      for (let presses = 0; presses < 60; presses += 1) {
        await keyboard.press('Tab');
        if ((await focused(page)).includes(name)) return;
      }
      throw new Error(`the focus never came to ${name}`);
    };
    await tabTo('Skip to the page');
    await keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
    await tabTo('<img src=x');
    await keyboard.press('Enter');
    await page.getByRole('region', { name: 'History' }).waitFor();
    assert.match(await focused(page), /^H1 /, 'a new page hands the focus to its title');
    await tabTo('Refund');
    await keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await tabTo('BUTTON Next');
    await keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal(await focused(page), 'BUTTON Refund', 'the focus comes back');
    await keyboard.press('Enter');
    await page.getByRole('radio').first().focus();
    await keyboard.press('ArrowDown');
    await page.getByLabel('Amount in HKD').focus();
    await keyboard.type('1.00');
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Refund this?' }).waitFor();
    await tabTo('Refund HK$1.00');
    await keyboard.press('Enter');
    await page.getByText('The refund of HK$1.00 is on its way.').waitFor();
  });
});
