// The phone and the live view in real Chromium.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { allOrNone } from '../support/all-or-none.mjs';
import { SIZES, openBrowser, openContext } from '../support/page/browsers.mjs';
import { PhonePage } from '../support/page/phone-page.mjs';
import { anOrder, call } from './calls.mjs';
import { startProgram } from './program.mjs';

let browser;
let simulator;

before(async () => {
  [browser, simulator] = await allOrNone([openBrowser(), startProgram()]);
});

after(async () => {
  await browser?.close();
  await simulator?.stop();
});

const order = async (number) => (await call(simulator.url, '/pay/unifiedorder', anOrder(number, 'http://127.0.0.1:9/'))).code_url;
const state = async (number) => (await simulator.control('GET', `orders/${number}`)).trade_state;

/** A phone that has scanned a code, in a context of its own. */
async function phoneWith(code, options) {
  const context = await openContext(browser, options);
  const phone = await PhonePage.open(context, `${simulator.url}/phone#code=${encodeURIComponent(code)}`);
  return { context, phone, page: phone.page };
}

test('a phone shows merchant, goods and price in both currencies, takes six keys, and gives a receipt', async () => {
  for (const [name, size] of Object.entries(SIZES)) {
    const { context, phone, page } = await phoneWith(await order(`P-${name}`), { size });
    const shown = await phone.shown();
    for (const text of ['Example Tea House', 'HK$88.00', '¥80.96', '1 HKD = 0.92 CNY', 'gift set']) assert.ok(shown.includes(text), text);
    await phone.payNow.click();
    await page.keyboard.type('135790');
    await phone.says('Payment successful');
    assert.equal(await state(`P-${name}`), 'SUCCESS');
    assert.deepEqual(context.troubles, []);
    await context.close();
  }
});

test('a wrong password pays nothing and may be entered again', async () => {
  const { context, phone, page } = await phoneWith(await order('P-wrong'));
  await phone.payNow.click();
  await page.keyboard.type('000000');
  await page.getByText('Wrong payment password').waitFor();
  assert.equal(await state('P-wrong'), 'NOTPAY');
  await phone.enterPassword();
  await phone.says('Payment successful');
  await context.close();
});

test('who walks away has not paid, and may come back', async () => {
  const code = await order('P-away');
  const { context, phone, page } = await phoneWith(code);
  await phone.payNow.click();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Back without paying' }).click();
  await phone.says('Scan');
  assert.equal(await state('P-away'), 'NOTPAY');
  await phone.type(code);
  await phone.pay();
  await phone.says('Payment successful');
  await context.close();
});

test('a code that cannot be paid says why: paid, refused, of another account, closed, expired, unknown', async () => {
  const [paid, refused, scanned, closed, expired] = await Promise.all(['W-1', 'W-2', 'W-3', 'W-4', 'W-5'].map(order));
  await simulator.pay(paid);
  await simulator.json('POST', '/phone/refuse', { code_url: refused });
  await simulator.json('POST', '/phone/scan', { code_url: scanned, payer: 'friend' });
  await simulator.control('POST', 'clock', { 'advance-ms': 5 * 60_000 });
  await call(simulator.url, '/pay/closeorder', { out_trade_no: 'W-4' });
  const says = async (code, title) => {
    const { context, phone } = await phoneWith(code);
    await phone.says(title);
    await context.close();
  };
  await says(paid, 'Already paid');
  await says(refused, 'Payment failed');
  await says(scanned, 'Order information wrong');
  await says(closed, 'Order closed');
  await says('weixin://wxpay/bizpayurl?pr=elsewhere', 'Cannot be read');
  await simulator.control('POST', 'clock', { 'advance-ms': 2 * 3_600_000 });
  await says(expired, 'Code expired');
});

test('a picture without a code is no code, and the phone says so', async () => {
  const context = await openContext(browser);
  const phone = await PhonePage.open(context, `${simulator.url}/phone`);
  await phone.drop(await phone.page.screenshot());
  await phone.says('Nothing to read');
  await context.close();
});

test('the phone speaks Chinese to a Chinese browser', async () => {
  const { context, page } = await phoneWith(await order('P-zh'), { locale: 'zh-CN' });
  await page.getByRole('button', { name: '立即支付' }).click();
  await page.keyboard.type('135790');
  await page.getByRole('heading', { name: '支付成功' }).waitFor();
  await context.close();
});

test('the live view explains a signature that failed and shows what was sent', async () => {
  const context = await openContext(browser);
  const page = await context.newPage();
  await page.goto(simulator.url);
  const spoil = (fields) => (fields.sign = fields.sign.toLowerCase());
  await call(simulator.url, '/pay/orderquery', { out_trade_no: 'LIVE-1' }, { spoil });
  const row = page.locator('#calls details').filter({ hasText: 'LIVE-1' });
  await row.getByText('a signature is upper case').first().waitFor();
  await row.locator('summary').click();
  await row.getByText('&out_trade_no=LIVE-1&key=(the merchant').waitFor();
  await page.getByRole('checkbox', { name: 'Notifications are delivered' }).uncheck();
  const switches = await page.waitForResponse((response) => response.url().endsWith('/control/overview'));
  assert.equal((await switches.json()).switches.notifications, 'off');
  assert.deepEqual(context.troubles, []);
  await context.close();
});

test('the live view gives a payment back by hand, a part and then the rest', async () => {
  await simulator.pay(await order('HAND-1'));
  const context = await openContext(browser);
  const page = await context.newPage();
  await page.goto(`${simulator.url}/#order=HAND-1`);
  const row = page.locator('#orders details[open]').filter({ hasText: 'HAND-1' });
  const amount = row.getByLabel('HKD');
  await amount.fill('33.5x');
  await row.getByRole('button', { name: 'Refund by hand' }).click();
  await row.getByText('This is no amount in HKD.').waitFor();
  await amount.fill('33.50');
  await row.getByRole('button', { name: 'Refund by hand' }).click();
  await row.getByText('HKD 33.50 by hand').waitFor();
  assert.equal(await state('HAND-1'), 'REFUND');
  assert.equal(await amount.inputValue(), '54.50');
  await row.getByRole('button', { name: 'Refund by hand' }).click();
  await row.getByText('HKD 54.50 by hand').waitFor();
  await row.getByRole('button', { name: 'Refund by hand' }).waitFor({ state: 'detached' });
  assert.deepEqual(context.troubles, []);
  await context.close();
});

test('the receipt on the phone leads to the order in the live view', async () => {
  const { context, phone, page } = await phoneWith(await order('HAND-2'));
  await phone.pay();
  await phone.says('Payment successful');
  await page.getByRole('link', { name: 'Give it back, as the merchant' }).click();
  await page.locator('#orders details[open]').filter({ hasText: 'HAND-2' }).getByRole('button', { name: 'Refund by hand' }).waitFor();
  await context.close();
});

test('the live view adds a fault for one call', async () => {
  const context = await openContext(browser);
  const page = await context.newPage();
  await page.goto(simulator.url);
  await page.getByLabel('Fault').selectOption('another-order');
  await page.getByLabel('In which call').selectOption('close-order');
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByText('another-order in close-order').waitFor();
  const { faults } = await simulator.control('GET', 'faults');
  assert.deepEqual(faults, [{ name: 'another-order', call: 'close-order', times: 1 }]);
  await page.getByRole('button', { name: 'Back to how it was started' }).click();
  await page.getByText('another-order in close-order').waitFor({ state: 'detached' });
  await context.close();
});
