// Takes pictures of every page of the back office, for people to look at:
//
//   node tests/support/office/pictures.mjs OUTDIR
//
// At both widths, light and dark, in English and Chinese. `back-office.png` is the picture of docs/back-office.md.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { startSimulator } from '../gateway/simulator.mjs';
import { SIZES, openBrowser, openContext } from '../page/browsers.mjs';
import { ADMIN_TOKEN, BACK_OFFICE, BackOffice } from '../shop/back-office.mjs';
import { setStage } from '../stage.mjs';
import { until } from '../until.mjs';
import { WEBHOOK_SECRET, startReceiver } from '../worker/webhook-receiver.mjs';
import { HOSTILE, HOSTILE_IMAGE, fillPast, order, paid } from './fill.mjs';
import { OfficePage } from './office-page.mjs';

const out = process.argv[2];
if (!out) throw new Error('say where to: node tests/support/office/pictures.mjs OUTDIR');
await mkdir(out, { recursive: true });

const receiver = await startReceiver();
const vars = { ...BACK_OFFICE.vars, WEBHOOK_URL: receiver.url, WEBHOOK_SECRET };
const [stage, browser] = await Promise.all([setStage({ start: startSimulator, ...BACK_OFFICE, vars }), openBrowser()]);
const office = new BackOffice(stage.worker);
try {
  const shown = await scene();
  for (const [device, size] of Object.entries(SIZES)) {
    for (const colorScheme of ['light', 'dark']) {
      for (const [language, locale] of Object.entries({ en: 'en-HK', zh: 'zh-CN' })) {
        const context = await openContext(browser, { size, colorScheme, locale });
        await walk(context, shown, (page, name) => picture(page, `${name}-${device}-${colorScheme}-${language}`));
        await context.close();
      }
    }
  }
  const context = await openContext(browser, { size: { width: 1280, height: 860 }, scale: 1.5 });
  const page = await OfficePage.open(context, stage.worker.url, ADMIN_TOKEN, { letters: true });
  await page.chart();
  await page.page.screenshot({ path: join(out, 'back-office.png'), animations: 'disabled' });
} finally {
  await browser.close();
  await stage.stop();
  await receiver.stop();
}

/** Orders in every state, and something that waits for a person. */
async function scene() {
  await office.list();
  const lines = [{ sku: 'tea-gift-set', name: 'Tea gift set', quantity: 1, unit_amount: 8_800 }, { sku: 'longjing', name: 'Longjing, first harvest', quantity: 2, unit_amount: 16_800 }];
  const whole = await order(stage, 'p1', { amount_minor: 42_400, description: 'Tea gift set, Longjing', lines, reference: 'INV-2026-0117', metadata: { channel: 'fair', table: '12' } });
  await paid(stage, whole);
  await office.refund(whole.id, { out_refund_no: 'R1', amount_minor: 8_800, reason: 'One tin was broken' });
  await office.refundBecomes(whole.id, 'R1', 'processing');
  const cancelled = await order(stage, 'p2', { description: 'Puer cake 2016', amount_minor: 26_000 });
  await office.cancel(cancelled.id);
  const odd = await order(stage, 'p3', { description: HOSTILE_IMAGE, reference: HOSTILE, amount_minor: 100 });
  receiver.refuseOf(odd, { status: 410 });
  await paid(stage, odd);
  await office.waiting(odd.id, ({ kind }) => kind === 'webhook_undelivered');
  await order(stage, 'p4', { description: 'Jasmine pearls, 50 g', amount_minor: 9_600 });
  await until('the simulator makes the refund', async () => (await office.history(whole.id)).json.refunds[0].status !== 'requested');
  await fillPast(stage.worker);
  return { whole, odd };
}

/** Days as the Worker tells them: a real comparison would take a clock that goes ahead. */
function bills(order) {
  const sums = (wechat, ours) => [{ currency: 'HKD', wechat_paid_minor: wechat, wechat_refunded_minor: 8_800, our_paid_minor: ours }];
  const day = (name, status, more) => ({ day: name, status, finished_at_ms: Date.parse(`${name}T03:00:00Z`), bill_payments: 12, bill_refunds: 1, our_payments: 12, differences_found: 0, mended: 0, kinds: {}, ...more });
  const differences = [
    { kind: 'missing_here', out_trade_no: order, transaction_id: '4200002301202603019876543210', wechat: { minor: 8_800, currency: 'HKD' }, mended: true, line: 4 },
    { kind: 'amount', out_trade_no: order, transaction_id: '4200002301202603019876543211', ours: { minor: 16_800, currency: 'HKD' }, wechat: { minor: 16_801, currency: 'HKD' }, mended: false, line: 9 },
  ];
  const differs = day('2026-03-02', 'differs', { sums: sums(211_201, 202_400), differences_found: 2, mended: 1 });
  const list = [{ day: '2026-03-04', status: 'running', next_step_at_ms: Date.parse('2026-03-05T03:00:00Z') }, day('2026-03-03', 'agrees', { sums: sums(188_000, 188_000) }), differs];
  return { list, one: { ...differs, differences } };
}

async function walk(context, { whole, odd }, take) {
  const { list, one } = bills(whole.id);
  await context.route('**/admin/api/reconciliation', (route) => route.fulfill({ json: list }));
  await context.route('**/admin/api/reconciliation/*', (route) => route.fulfill({ json: one }));
  const page = await OfficePage.open(context, stage.worker.url, undefined, { letters: true });
  await take(page.page, 'sign-in');
  await page.signIn(ADMIN_TOKEN);
  await page.chart();
  await take(page.page, 'today');
  await page.goto('/orders');
  await page.page.getByRole('row').nth(3).waitFor();
  await take(page.page, 'orders');
  await page.goto(`/orders/${whole.id}`);
  await page.page.locator('.timeline li').first().waitFor();
  await take(page.page, 'order');
  await page.page.locator('.actions button').first().click();
  await page.page.locator('dialog input[type=radio]').nth(1).check();
  await page.page.locator('dialog input[inputmode=decimal]').fill('1,5');
  await page.page.locator('dialog .main-action').click();
  await take(page.page, 'refund');
  await page.page.locator('dialog input[inputmode=decimal]').fill('12.50');
  await page.page.locator('dialog .main-action').click();
  await take(page.page, 'refund-confirm');
  await page.page.keyboard.press('Escape');
  await page.goto(`/orders/${odd.id}`);
  await page.page.locator('.timeline li').first().waitFor();
  await take(page.page, 'order-attention');
  for (const name of ['attention', 'webhooks', 'bills', 'bills/2026-03-02', 'readiness']) {
    await page.goto(`/${name}`);
    await page.settled();
    await take(page.page, name.replace('/', '-'));
  }
  await page.goto('/orders?text=nobody');
  await page.page.locator('.empty').waitFor();
  await take(page.page, 'orders-none');
}

async function picture(page, name) {
  await page.evaluate(() => document.fonts.ready);
  const isPhone = page.viewportSize().width < 768;
  await page.screenshot({ path: join(out, `${name}.png`), animations: 'disabled', fullPage: !isPhone });
  const hasMore = await page.evaluate(() => document.documentElement.scrollHeight > innerHeight * 1.2);
  if (!isPhone || !hasMore) return;
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await page.screenshot({ path: join(out, `${name}-end.png`), animations: 'disabled' });
  await page.evaluate(() => scrollTo(0, 0));
}
