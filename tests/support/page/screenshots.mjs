// Takes pictures of everything that a shopper sees, for people to look at:
//
//   node tests/support/page/screenshots.mjs OUTDIR
//
// The shop, the code, the thanks, the expired code, the phone and the pages without a script, at both widths, light and dark.
// `checkout.png` is the picture of the README.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { startSimulator } from '../gateway/simulator.mjs';
import { GOODS, OTHER_GOODS } from '../shop/catalog.mjs';
import { setStage } from '../stage.mjs';
import { SIZES, openBrowser, openContext } from './browsers.mjs';
import { PhonePage } from './phone-page.mjs';
import { ShopPage } from './shop-page.mjs';

const out = process.argv[2];
if (!out) throw new Error('say where to: node tests/support/page/screenshots.mjs OUTDIR');
await mkdir(out, { recursive: true });

const [stage, browser] = await Promise.all([setStage({ start: startSimulator }), openBrowser()]);
try {
  for (const [device, size] of Object.entries(SIZES)) {
    for (const colorScheme of ['light', 'dark']) {
      const context = await openContext(browser, { size, colorScheme, scale: 2 });
      await walk(context, (page, name, options) => picture(page, `${name}-${device}-${colorScheme}`, options));
      await context.close();
      await withoutScript({ width: size.width, height: size.height }, colorScheme, `${device}-${colorScheme}`);
    }
  }
  await checkoutPicture();
} finally {
  await browser.close();
  await stage.stop();
}

/** Goes through a payment and takes a picture whenever something new appears. */
async function walk(context, take) {
  const shop = await ShopPage.open(context, stage.worker.url);
  await shop.page.getByRole('button', { name: `Add: ${GOODS.name.en}` }).waitFor();
  await take(shop.page, 'shop', { fullPage: true });
  await shop.choose(OTHER_GOODS);
  await shop.order(GOODS, 2);
  await shop.code();
  await take(shop.page, 'code-page', { fullPage: true });
  await shop.widget.evaluate((element) => element.scrollIntoView({ block: 'end' }));
  await take(shop.page, 'code');

  const phone = new PhonePage(await shop.takePhone());
  await phone.payNow.waitFor();
  await take(phone.page, 'phone-order');
  await phone.payNow.click();
  await take(phone.page, 'phone-password');
  await phone.enterPassword();
  await phone.says('Payment successful');
  await take(phone.page, 'phone-receipt');
  await phone.page.getByRole('button', { name: 'Done' }).click();
  await take(phone.page, 'phone-scan');

  await shop.says('Payment received');
  await shop.widget.scrollIntoViewIfNeeded();
  await take(shop.page, 'paid');

  const late = await ShopPage.open(context, stage.worker.url);
  await late.blockSockets();
  await expire(late.page);
  await late.order();
  await late.says('This code has expired');
  await take(late.page, 'expired');

  const refused = await PhonePage.open(context, stage.gateway.phoneUrl);
  await refused.type('weixin://wxpay/bizpayurl?pr=nobody');
  await refused.page.locator('#message-page').waitFor();
  await take(refused.page, 'phone-refused');
}

/** The Worker says that the order has expired, half an hour before it does. */
async function expire(page) {
  await page.route('**/api/orders/*', async (route) => {
    const answer = await route.fetch();
    const { code_url: _code, ask_again_in_ms: _pause, ...view } = await answer.json();
    await route.fulfill({ response: answer, json: { ...view, status: 'expired', version: view.version + 1 } });
  });
}

/** The pages below `/checkout`: an order from its code to its end, and the page that says why there is no order. */
async function withoutScript(viewport, colorScheme, look) {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport, colorScheme, locale: 'en-HK', deviceScaleFactor: 2 });
  const page = await context.newPage();
  const take = (name) => page.screenshot({ path: join(out, `no-script-${name}-${look}.png`) });
  const form = (quantity) =>
    `<form method="post" action="${stage.worker.url}/checkout"><input name="sku" value="${GOODS.sku}"><input name="quantity" value="${quantity}"><button>Pay</button></form>`;
  const press = async (quantity) => {
    await page.setContent(form(quantity));
    await page.getByRole('button').click();
    await page.locator('h1').waitFor();
  };
  await press(0);
  await take('quantity');
  await press(1);
  await page.locator('svg').waitFor();
  await take('code');
  const order = page.url();
  await context.clearCookies();
  await page.goto(order);
  await take('elsewhere');
  await page.goto(`${order}/start`);
  await take('cookies');
  await press(1);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('Payment cancelled').first().waitFor();
  await take('cancelled');
  await context.close();
}

async function checkoutPicture() {
  const context = await openContext(browser, { size: { width: 1280, height: 930 }, scale: 1.5 });
  const shop = await ShopPage.open(context, stage.worker.url);
  await shop.order(GOODS, 1);
  await shop.code();
  await shop.page.evaluate(() => scrollTo(0, 0));
  await picture(shop.page, 'checkout');
  await context.close();
}

async function picture(page, name, options) {
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: join(out, `${name}.png`), animations: 'disabled', ...options });
}
