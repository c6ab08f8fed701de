// The whole payment in real Chromium: the demo shop, the Worker in workerd, the simulator and its
// phone page. The QR code is read back by a decoder that is not ours.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';

import { startSimulator } from '../support/gateway/simulator.mjs';
import { SIZES } from '../support/page/browsers.mjs';
import { inBrowser } from '../support/page/in-browser.mjs';
import { PhonePage } from '../support/page/phone-page.mjs';
import { fromPng } from '../support/page/qr.mjs';
import { ShopPage } from '../support/page/shop-page.mjs';
import { CATALOG, GOODS } from '../support/shop/catalog.mjs';
import { setStage } from '../support/stage.mjs';

const at = inBrowser({ stage: { start: startSimulator }, browser: { whole: true } });

async function enter({ stage = at.stage, ...options } = {}) {
  await at.openContext({ scale: 2, ...options });
  return ShopPage.open(at.context, stage.worker.url);
}

const inDollars = (minor) => new Intl.NumberFormat('en-HK', { style: 'currency', currency: CATALOG.currency }).format(minor / 100);

for (const [device, size] of Object.entries(SIZES)) {
  describe(`at the width of a ${device}, ${size.width} px`, () => {
    test('from the goods to the thanks: order, scan, password, and the shop says so without a reload', async () => {
      const shop = await enter({ size });
      const order = await shop.order();
      const { code_url } = (await at.stage.shop.look(order)).json;
      assert.equal(await shop.code(), code_url, 'the canvas’s pixels are the order’s code');
      await shop.page.evaluate(() => (globalThis.notReloaded = true));
      const add = shop.page.getByRole('button', { name: `Add: ${GOODS.name.en}` });
      assert.equal(await add.isDisabled(), true, 'the order is of this cart: while it can be paid, the cart stands still');
      assert.equal(await shop.page.locator('#total strong').innerText(), inDollars(GOODS.amount_minor));
      assert.equal(await shop.page.getByText('No real money moves').isVisible(), true);

      const phone = new PhonePage(await shop.takePhone());
      const shown = await phone.shown();
      assert.match(shown, new RegExp(GOODS.name.en));
      assert.match(shown, /HK\$\s?[\d,.]+/);
      await phone.pay();
      await phone.says('Payment successful');

      await shop.says('Payment received');
      assert.equal(await at.stage.shop.status(order), 'paid');
      assert.equal(await shop.page.evaluate(() => globalThis.notReloaded), true);
      assert.deepEqual(await shop.told(), ['ready', 'paid']);
      assert.equal(await shop.canvas.isVisible(), false, 'a paid code is not shown');
      await shop.page.getByText(order.id).waitFor();
      assert.deepEqual([await shop.phoneLink.isVisible(), await shop.page.locator('#total').isVisible(), await add.isEnabled()], [false, false, true]);
      await shop.page.getByRole('button', { name: 'Keep shopping' }).click();
      await shop.page.getByText('Nothing in it yet.').waitFor();
      assert.deepEqual([await shop.widget.isVisible(), await add.evaluate((button) => button === document.activeElement)], [false, true]);
    });

    test('the code on the screen is large and sharp enough for a camera', async () => {
      const shop = await enter({ size });
      const order = await shop.order();
      const { code_url } = (await at.stage.shop.look(order)).json;
      assert.equal(await shop.codeOnScreen(), code_url);
      const { width } = await shop.canvas.boundingBox();
      assert.ok(width >= 160, `${width} CSS pixels`);
    });
  });
}

test('on a screen of simple resolution the code can be read just as well', async () => {
  const shop = await enter({ scale: 1 });
  const order = await shop.order();
  assert.equal(await shop.codeOnScreen(), (await at.stage.shop.look(order)).json.code_url);
});

test('in the dark the code is still black on white', async () => {
  const shop = await enter({ colorScheme: 'dark' });
  const order = await shop.order();
  assert.equal(await shop.codeOnScreen(), (await at.stage.shop.look(order)).json.code_url);
});

test('a picture of the code, dropped onto the phone, can be paid', async () => {
  const shop = await enter();
  const order = await shop.order();
  const picture = await shop.picture();
  assert.equal(fromPng(picture), (await at.stage.shop.look(order)).json.code_url);
  const phone = await PhonePage.open(at.context, at.stage.gateway.phoneUrl);
  await phone.drop(picture);
  await phone.pay();
  await shop.says('Payment received');
  assert.equal(await at.stage.shop.status(order), 'paid');
});

test('the text of the code, typed into the phone, can be paid', async () => {
  const shop = await enter();
  const order = await shop.order();
  const phone = await PhonePage.open(at.context, at.stage.gateway.phoneUrl);
  await phone.type(await shop.code());
  await phone.pay();
  await shop.says('Payment received');
  assert.equal(await at.stage.shop.status(order), 'paid');
});

describe('when notifications are switched off', () => {
  beforeEach(() => at.stage.gateway.notifications(false));
  afterEach(() => at.stage.gateway.notifications(true));

  test('the shop says thanks all the same: a query finds the payment', async () => {
    const shop = await enter();
    const order = await shop.order();
    const phone = new PhonePage(await shop.takePhone());
    await phone.pay();
    await phone.says('Payment successful');
    await shop.says('Payment received');
    assert.equal(await at.stage.shop.status(order), 'paid');
    assert.ok((await at.stage.gateway.queriesOf(order.id)) >= 1);
  });
});

test('the bank refuses: the phone says so, the shop thanks nobody', async () => {
  const shop = await enter();
  const order = await shop.order();
  const phone = new PhonePage(await shop.takePhone());
  await phone.pay({ by: /0005/ });
  await phone.says('Payment failed');
  await shop.says('Payment is not possible');
  assert.equal(await shop.canvas.isVisible(), false, 'a code that cannot be paid any more is not shown');
  assert.equal(await at.stage.shop.status(order), 'failed');
  assert.deepEqual(await shop.told(), ['ready', 'error']);
});

test('an order that has expired shows no code, and a new one can be had', async () => {
  const shop = await enter();
  await shop.blockSockets();
  await shop.page.route('**/api/orders/*', async (route) => {
    const answer = await route.fetch();
    const { code_url: _code, ask_again_in_ms: _pause, ...view } = await answer.json();
    await route.fulfill({ response: answer, json: { ...view, status: 'expired', version: view.version + 1 } });
  });
  const first = await shop.order();
  await shop.says('This code has expired');
  assert.equal(await shop.canvas.isVisible(), false);
  await shop.page.unroute('**/api/orders/*');
  await shop.widget.getByRole('button', { name: 'Get a new code' }).click();
  await shop.says('Scan with WeChat to pay');
  const second = await shop.page.evaluate(() => document.querySelector('wechat-pay').order.id);
  assert.notEqual(second, first.id, 'a number is never used twice');
  assert.deepEqual(await shop.told(), ['ready', 'expired', 'ready']);
});

describe('three hours later', () => {
  let later;
  before(async () => (later = await setStage({ start: startSimulator })));
  after(() => later?.stop());

  test('the code has expired at WeChat Pay, too: the phone refuses it', async () => {
    const shop = await enter({ stage: later });
    await shop.order();
    await later.gateway.advance(3 * 3600_000);
    const phone = new PhonePage(await shop.takePhone());
    await phone.says('Code expired');
  });
});

test('reloading the page finds the same order and the same code', async () => {
  const shop = await enter();
  await shop.order();
  const code = await shop.code();
  await shop.page.reload();
  await shop.payButton.click();
  await shop.says('Scan with WeChat to pay');
  assert.equal(await shop.code(), code);
});

test('two of the goods cost twice as much, on the page, on the phone and at WeChat Pay', async () => {
  const shop = await enter();
  const order = await shop.order(GOODS, 2);
  const amount = inDollars(2 * GOODS.amount_minor);
  await shop.says(amount);
  assert.equal(await shop.page.locator('#total strong').innerText(), amount);
  const phone = new PhonePage(await shop.takePhone());
  assert.ok((await phone.shown()).includes(amount.replace('HK', '')));
  const [known] = (await at.stage.gateway.orders()).filter(({ out_trade_no }) => out_trade_no === order.id);
  assert.equal(known.amount.minor, 2 * GOODS.amount_minor);
});

test('the bar that leads to the order takes no room: when it goes, nothing under a finger moves', async () => {
  const shop = await enter({ size: SIZES.phone });
  await shop.choose();
  const bar = shop.page.getByRole('link', { name: 'See your order' });
  const height = () => shop.page.evaluate(() => document.documentElement.scrollHeight);
  await bar.waitFor();
  const withBar = await height();
  await shop.payButton.scrollIntoViewIfNeeded();
  await bar.waitFor({ state: 'hidden' });
  assert.equal(await height(), withBar);
});

test('in another language the goods, the order and the payment speak it, and what was chosen stays', async () => {
  const shop = await enter();
  await shop.choose();
  await shop.page.getByRole('button', { name: '繁體' }).click();
  await shop.widget.getByRole('button', { name: '微信支付' }).waitFor();
  await shop.page.getByRole('heading', { name: '你的訂單' }).waitFor();
  await shop.page.getByRole('button', { name: `加入: ${GOODS.name['zh-HK']}` }).click();
  assert.deepEqual(await shop.widget.evaluate((pay) => pay.lines), [{ sku: GOODS.sku, quantity: 2 }]);
  assert.equal(await shop.page.locator('html').getAttribute('lang'), 'zh-HK');
});

test('goods that cannot be loaded are told, and nothing can be paid', async () => {
  await at.openContext();
  await at.context.route('**/catalog.json', (route) => route.fulfill({ status: 503 }));
  const shop = await ShopPage.open(at.context, at.stage.worker.url);
  await shop.page.getByRole('alert').getByText('The teas could not be loaded.').waitFor();
  assert.equal(await shop.widget.isVisible(), false);
  // The page logs the error. Chromium shows its text, Firefox only `Error` and the file.
  at.context.troubles = at.context.troubles.filter((trouble) => !/503|catalog\.json|^console: Error \(\S+\/shop\.js\)$/.test(trouble));
});

test('a page that smuggles a price into its order gets no order', async () => {
  const shop = await enter();
  await shop.page.route('**/api/orders*', (route) => {
    const body = { ...route.request().postDataJSON(), amount: { minor: 1, currency: CATALOG.currency } };
    return route.continue({ postData: JSON.stringify(body) });
  });
  const before = (await at.stage.gateway.orders()).length;
  await shop.choose();
  await shop.payButton.click();
  await shop.says('Payment is not possible');
  assert.equal((await at.stage.gateway.orders()).length, before);
  at.context.troubles = at.context.troubles.filter((trouble) => !trouble.includes('400'));
});

test('the code goes to nobody else: the page talks to the Worker alone', async () => {
  const shop = await enter();
  const origins = new Set();
  at.context.on('request', (request) => origins.add(new URL(request.url()).origin));
  await shop.page.reload();
  await shop.order();
  await shop.code();
  assert.deepEqual([...origins], [at.stage.worker.url]);
});
