// The back office: sign in, today, the orders as they come, one order, and everything that a shopkeeper can do but refund.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';

import { startSimulator } from '../support/gateway/simulator.mjs';
import { order, paid } from '../support/office/fill.mjs';
import { OfficePage } from '../support/office/office-page.mjs';
import { ENGINE } from '../support/page/browsers.mjs';
import { inBrowser } from '../support/page/in-browser.mjs';
import { ADMIN_TOKEN, BACK_OFFICE, BackOffice, makeKey } from '../support/shop/back-office.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';
import { WEBHOOK_SECRET, startReceiver } from '../support/worker/webhook-receiver.mjs';

const READER = makeKey('reader', 'read');
const WRITER = makeKey('writer', 'write');

/** A stage whose merchant has a receiver of webhooks. */
async function withReceiver() {
  const receiver = await startReceiver();
  const vars = { ...BACK_OFFICE.vars, ADMIN_KEYS: `${READER.line},${WRITER.line}`, WEBHOOK_URL: receiver.url, WEBHOOK_SECRET };
  const platform = { ...BACK_OFFICE.platform, r2Buckets: ['FILES'] };
  const stage = await setStage({ start: startSimulator, platform, vars });
  const { stop } = stage;
  return Object.assign(stage, { receiver, stop: () => stop().finally(receiver.stop) });
}

// The tests send wrong keys, look for orders that there are not, and cut the connection.
const at = inBrowser({ set: withReceiver, forgiven: /\b40[134]\b|\b500\b|ERR_|NetworkError|Cross-Origin|CORS|Failed to fetch/ });

async function enter(key = ADMIN_TOKEN, options) {
  await at.openContext(options);
  return OfficePage.open(at.context, at.stage.worker.url, key);
}

const back = () => new BackOffice(at.stage.worker);
let count = 0;
const anOrder = (more) => order(at.stage, `office-${(count += 1)}`, more);

describe('signing in', () => {
  test('a wrong key is refused in words, a right one opens, and the key is in this tab alone', async () => {
    const { page } = await enter('');
    const key = page.getByLabel('Key');
    await key.fill('too short');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('A key has at least 32 characters').waitFor();
    await key.fill('x'.repeat(40));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The Worker does not know this key.').waitFor();
    assert.equal(await key.getAttribute('aria-invalid'), 'true');
    await key.fill(ADMIN_TOKEN);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Today', exact: true }).waitFor();
    const kept = await page.evaluate(() => [location.href, document.cookie, JSON.stringify(localStorage), document.documentElement.outerHTML]);
    for (const place of kept) assert.equal(place.includes(ADMIN_TOKEN), false, place.slice(0, 200));
    await page.reload();
    await page.getByRole('heading', { name: 'Today', exact: true }).waitFor();
    const other = await at.context.newPage();
    await other.goto(`${at.stage.worker.url}/admin/`);
    await other.getByLabel('Key').waitFor();
  });

  test('a key behind # opens, and leaves the address and the history at once', async () => {
    const { page } = await enter();
    assert.equal(page.url(), `${at.stage.worker.url}/admin/`);
    await page.goBack();
    assert.equal(page.url().includes('key='), false);
  });

  test('/admin leads to the page, too', async () => {
    const { page } = await enter('');
    await page.goto(`${at.stage.worker.url}/admin`);
    await page.getByLabel('Key').waitFor();
    assert.equal(new URL(page.url()).pathname, '/admin/');
  });

  test('signing out forgets the key, and a key that was withdrawn is told', async () => {
    const { page } = await enter();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Key').waitFor();
    assert.equal(await page.evaluate(() => JSON.stringify(sessionStorage).includes('key')), false);
    await page.getByLabel('Key').fill(ADMIN_TOKEN);
    await page.keyboard.press('Enter');
    await page.locator('.places').waitFor();
    const refuse = { status: 401, contentType: 'application/problem+json', json: { code: 'key_required', detail: 'The key was withdrawn.' } };
    await page.route('**/admin/api/**', (route) => route.fulfill(refuse));
    await page.getByText('The key was withdrawn.').waitFor();
    await page.getByLabel('Key').waitFor();
  });

  test('a key that may not read learns it in the words of the Worker', async () => {
    await at.openContext();
    const page = await at.context.newPage();
    await page.goto(`${at.stage.worker.url}/admin/#key=${WRITER.key}`);
    await page.getByText('This key may not do that.').waitFor();
    await page.getByText('does not have the role `read`').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Key').waitFor();
  });
});

test('today: what came in, what went back, what waits, and the same in chart and table', async () => {
  const first = await anOrder({ amount_minor: 10_000 });
  await paid(at.stage, first);
  await back().refund(first.id, { out_refund_no: 'R1', amount_minor: 2_500 });
  await back().listed(first.id, ({ refunding_minor: minor, refunded_minor: done }) => minor + done === 2_500);
  const office = await enter();
  const { page } = office;
  await office.chart();
  const { json } = await call(`/sums?day=${new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)}`);
  const [sum] = json.sums;
  const figure = (name) => page.locator('.figure', { hasText: name });
  await figure('Taken today').getByText(hkd(sum.paid_minor)).waitFor();
  await figure('Paid orders').getByText(String(sum.orders), { exact: true }).waitFor();
  await figure('Refunded of it').getByText('HK$25.00').waitFor();
  const hours = page.locator('.as-table').first();
  await hours.locator('summary').click();
  await hours.getByRole('cell', { name: hkd(sum.paid_minor) }).waitFor();
  // Another payment comes while one looks.
  await paid(at.stage, await anOrder({ amount_minor: 77 }));
  await figure('Taken today').getByText(hkd(sum.paid_minor + 77)).waitFor();
});

test('orders appear as they come, without a reload, and are told to a screen reader', async () => {
  const { page } = await enter();
  await page.getByRole('link', { name: 'Orders', exact: true }).click();
  await page.getByRole('heading', { name: 'Orders', level: 1 }).waitFor();
  await page.evaluate(() => (globalThis.isSamePage = true));
  const made = await anOrder({ description: 'Oolong for Mrs Wong' });
  const row = page.getByRole('row', { name: /Oolong for Mrs Wong/ });
  await row.getByText('Waits for payment').waitFor();
  await page.getByRole('status').filter({ hasText: 'New orders: 1' }).waitFor({ state: 'attached' });
  await at.stage.gateway.pay(made.view.code_url);
  await row.getByText('Paid', { exact: true }).waitFor();
  assert.equal(await page.evaluate(() => globalThis.isSamePage), true);
});

test('an order is found by its number, reference, e-mail and WeChat’s number, and by what it is', async () => {
  const wanted = await anOrder({ description: 'Puer cake', reference: 'INV-FIND-1' });
  const other = await anOrder({ description: 'Jasmine' });
  await paid(at.stage, wanted);
  const { json: history } = await back().history(wanted.id);
  const index = await at.stage.worker.miniflare.getD1Database('INDEX');
  await index.prepare("UPDATE details SET json = json_set(json, '$.shopper', json_object('email', 'mei@tea.example')) WHERE out_trade_no = ?").bind(wanted.id).run();
  const office = await enter();
  const { page } = office;
  await office.goto('/orders');
  for (const text of [wanted.id, 'INV-FIND-1', 'mei@TEA.example', history.payments[0].transaction_id, 'puer']) {
    await page.getByRole('searchbox').fill(text);
    await page.getByRole('button', { name: 'Search' }).click();
    await until(`${text} finds one`, async () => (await page.locator('tbody tr').count()) === 1 && (await page.locator('tbody').innerText()).includes(wanted.id));
  }
  await page.getByRole('button', { name: 'Remove all filters' }).click();
  await page.getByRole('row', { name: /Jasmine/ }).first().waitFor();
  await page.getByRole('combobox', { name: 'State' }).selectOption('Not paid yet');
  await until('only the other is there', async () => {
    const shown = await page.locator('tbody').innerText();
    return shown.includes(other.id) && !shown.includes(wanted.id);
  });
  await page.goBack();
  await page.getByText(wanted.id).waitFor();
  await page.getByText('More filters').click();
  await page.getByLabel('Amount from').fill('1,5');
  await page.getByRole('button', { name: 'Show these' }).click();
  await page.getByText('An amount as in 88.00.').waitFor();
  await page.getByRole('searchbox').fill('nobody has this');
  await page.getByLabel('Amount from').fill('');
  await page.getByRole('button', { name: 'Show these' }).click();
  await page.getByText('No order fits this filter.').waitFor();
});

test('older orders follow when they are asked for, each once', async () => {
  await back().list();
  const index = await at.stage.worker.miniflare.getD1Database('INDEX');
  const row = index.prepare(
    "INSERT INTO orders (out_trade_no, version, state, is_final, description, amount_minor, currency, refunded_minor, placed_at_ms, exceptions) VALUES (?, 1, 'closed', 1, 'Many', 100, 'JPY', 0, ?, '[]')",
  );
  await index.batch(Array.from({ length: 120 }, (_, at) => row.bind(`Hmany${String(at).padStart(3, '0')}`, 1_772_323_200_000)));
  const office = await enter();
  const { page } = office;
  await office.goto('/orders?text=many');
  await page.getByText('50 shown').waitFor();
  await page.getByRole('button', { name: 'Show older orders' }).click();
  await page.getByText('100 shown').waitFor();
  await page.getByRole('button', { name: 'Show older orders' }).click();
  await page.getByText('120 shown').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Show older orders' }).count(), 0);
  const numbers = await page.locator('tbody code').allInnerTexts();
  assert.equal(new Set(numbers).size, 120);
  assert.match(await page.locator('tbody tr').first().innerText(), /JP¥100/);
});

test('an order is a time line in words, with its lines, in the shop’s time zone; technical steps on request', async () => {
  const lines = [{ sku: 'tea', name: 'Tea gift set', quantity: 2, unit_amount: 4_400 }];
  const made = await anOrder({ amount_minor: 8_800, lines, reference: 'INV-9', metadata: { table: '12' } });
  await paid(at.stage, made);
  const office = await enter();
  const { page } = office;
  await office.goto(`/orders/${made.id}`);
  const line = page.getByRole('region', { name: 'History' });
  await line.getByText('The order was placed.').waitFor();
  await line.getByText('The order is now: Paid.').waitFor();
  await line.getByText('the key admin').first().waitFor();
  assert.equal(await line.getByText('WeChat Pay was asked').count(), 0);
  await line.getByLabel('Technical steps, too').check();
  await line.getByText('WeChat Pay was asked: place the order.').waitFor();
  await page.getByRole('row', { name: /Tea gift set.*2.*HK\$88\.00/ }).waitFor();
  await page.getByText('INV-9').waitFor();
  await page.getByText('table', { exact: true }).waitFor();
  await page.getByText('API v2', { exact: true }).waitFor();
  const { json } = await back().history(made.id);
  const inHongKong = new Date(json.placed_at_ms + 8 * 3_600_000).toISOString().slice(11, 19);
  await line.getByText(inHongKong).first().waitFor();
});

test('an order that is not paid is cancelled, after a question, and a person is forgotten', async () => {
  const made = await anOrder({ metadata: { name: 'Mei' } });
  const office = await enter();
  const { page } = office;
  await office.goto(`/orders/${made.id}`);
  await page.getByRole('button', { name: 'Cancel the order' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Nobody can pay it after that.').waitFor();
  await dialog.getByRole('button', { name: 'Cancel', exact: true }).click();
  assert.equal((await back().history(made.id)).json.state, 'awaiting_payment');
  await page.getByRole('button', { name: 'Cancel the order' }).click();
  await dialog.getByRole('button', { name: 'Cancel the order' }).click();
  await page.getByText('The order was cancelled.').waitFor();
  await page.getByRole('button', { name: 'Forget the person' }).click();
  await dialog.getByRole('button', { name: 'Forget the person' }).click();
  await page.getByText('The shopper’s words and your metadata were removed.').waitFor();
  assert.equal((await back().history(made.id)).json.metadata, undefined);
});

test('a file that was sold is shown with its downloads, and more are allowed', async () => {
  const bucket = await at.stage.worker.miniflare.getR2Bucket('FILES');
  await bucket.put('tea-book.pdf', 'tea');
  const made = await anOrder({ amount_minor: 4_500, lines: [{ sku: 'book', name: 'The book of tea', quantity: 1, unit_amount: 4_500, file: 'tea-book.pdf' }] });
  await paid(at.stage, made);
  const office = await enter();
  const { page } = office;
  await office.goto(`/orders/${made.id}`);
  await page.getByText('File: tea-book.pdf').waitFor();
  await page.getByRole('button', { name: 'Allow more downloads' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Allow more downloads' }).click();
  await page.getByText('More downloads were allowed.').waitFor();
});

test('an order that there is not is told, and the list is one press away', async () => {
  const office = await enter();
  await office.goto('/orders/Hnobody');
  await office.page.getByText('There is no such order. It may be archived.').waitFor();
  await office.page.getByRole('link', { name: '‹ Orders' }).click();
  await office.page.getByRole('heading', { name: 'Orders', level: 1 }).waitFor();
});

describe('what waits for a person', () => {
  async function undelivered() {
    const made = await anOrder();
    at.stage.receiver.refuseOf(made, { status: 410 });
    await paid(at.stage, made);
    await back().waiting(made.id, ({ kind }) => kind === 'webhook_undelivered');
    return made;
  }

  test('is told with what happened and what to do, and disappears when it is done', async () => {
    const made = await undelivered();
    const office = await enter();
    const { page } = office;
    await page.getByRole('link', { name: /^Attention/ }).click();
    const entry = page.getByRole('article').filter({ hasText: made.id });
    await entry.getByText('Your receiver did not accept a webhook. It is not sent again by itself.').waitFor();
    await entry.getByText('Mend the receiver, then send the webhook again.').waitFor();
    await entry.getByText(/410/).waitFor();
    await entry.getByRole('button', { name: 'Mark as done' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Mark as done' }).click();
    await entry.waitFor({ state: 'detached' });
    const { json } = await back().history(made.id);
    assert.ok(json.exceptions.every(({ done_at_ms: done }) => done));
  });

  test('a webhook that was given up is sent again, and the receiver gets it', async () => {
    const made = await undelivered();
    const before = at.stage.receiver.deliveries(made.id).length;
    const office = await enter();
    const { page } = office;
    await office.goto('/webhooks');
    const own = page.getByRole('region', { name: made.id });
    await own.getByText('Given up').waitFor();
    await own.getByRole('button', { name: 'Send again' }).click();
    await page.getByText('It is being sent again.').waitFor();
    await until('the receiver gets it', () => at.stage.receiver.deliveries(made.id).length > before);
    await own.waitFor({ state: 'detached' });
  });

  test('a key that may only look sees everything and can change nothing', async () => {
    const made = await undelivered();
    const office = await enter(READER.key);
    const { page } = office;
    await office.goto(`/orders/${made.id}`);
    await page.getByRole('region', { name: 'History' }).waitFor();
    for (const name of ['Refund', 'Ask WeChat now', 'Mark as done']) assert.equal(await page.getByRole('button', { name, exact: true }).first().isDisabled(), true, name);
    await page.getByText('This key may not refund.').waitFor();
    await page.getByText('This key may look, but not change anything.').first().waitFor();
  });
});

test('readiness says of each check what was seen and how to mend it, and sends a test event when asked', async () => {
  const office = await enter();
  const { page } = office;
  await office.goto('/readiness');
  const checks = page.getByRole('main').getByRole('listitem');
  await checks.filter({ hasText: 'Account at WeChat Pay' }).waitFor();
  const before = at.stage.receiver.received.length;
  await page.getByRole('button', { name: 'Check, and send a test webhook' }).click();
  await until('the test event comes', () => at.stage.receiver.received.slice(before).some(({ event }) => event?.type === 'readiness.test'));
  await checks.filter({ hasText: 'Receiver of webhooks' }).getByText('OK', { exact: true }).waitFor();
  await page.getByRole('status').filter({ hasText: /Ready|Something needs mending/ }).waitFor();
});

test('the orders of a filter are saved as a file, whole; one that breaks off is not saved', async () => {
  const made = await anOrder({ description: 'For the file', reference: 'INV-FILE' });
  await back().listed(made.id, () => true);
  const office = await enter();
  const { page } = office;
  await office.goto('/orders?text=INV-FILE');
  await page.getByRole('button', { name: 'Export' }).click();
  await page.evaluate(() => {
    const { createObjectURL } = URL;
    URL.createObjectURL = (blob) => ((globalThis.saved = blob), createObjectURL.call(URL, blob));
  });
  // The driver of Firefox tells of no download of a page's own data.
  const saved = ENGINE === 'chromium' && page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the file' }).click();
  await page.getByText(/^Saved: /).waitFor();
  if (saved) {
    const file = await saved;
    assert.match(file.suggestedFilename(), /^orders-\d{4}-\d\d-\d\d\.csv$/);
    assert.equal(await readFile(await file.path(), 'utf8'), await page.evaluate(() => globalThis.saved.text()));
  }
  const text = await page.evaluate(() => globalThis.saved.text());
  const rows = text.trim().split('\r\n');
  assert.equal(rows.length, 2);
  assert.match(rows[1], new RegExp(`^${made.id},awaiting_payment,`));
  await page.evaluate(() => {
    const ask = globalThis.fetch;
    globalThis.fetch = async (...request) => {
      if (!String(request[0]).includes('/export')) return ask(...request);
      return new Response(new ReadableStream({ pull: (stream) => stream.error(new Error('cut')) }));
    };
  });
  await page.getByRole('button', { name: 'Save the file' }).click();
  await page.getByText('The file broke off, so it was not saved.').waitFor();
});

test('without a connection it says so, goes on by itself, and what was shown stays', async () => {
  await anOrder({ description: 'Stays on the page' });
  const { page } = await enter();
  await page.getByRole('link', { name: 'Stays on the page' }).waitFor();
  await page.route('**/admin/api/orders**', (route) => route.abort('connectionrefused'));
  await page.getByText('The Worker did not answer. Check your connection.').first().waitFor();
  await page.getByText(/^Trying again in \d+ s\.$/).first().waitFor();
  await page.getByRole('link', { name: 'Stays on the page' }).waitFor();
  await page.unroute('**/admin/api/orders**');
  await page.getByText('The Worker did not answer.').first().waitFor({ state: 'detached' });
});

test('nobody is asked while nobody looks, and an answer to an older question is not shown', async () => {
  const office = await enter();
  const { page } = office;
  await office.goto('/orders');
  await page.getByRole('row').first().waitFor();
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  let asked = 0;
  await page.waitForTimeout(1_000);
  page.on('request', (request) => (asked += request.url().includes('/admin/api/orders') ? 1 : 0));
  await page.waitForTimeout(6_500);
  assert.equal(asked, 0);
  await page.evaluate(() => {
    delete document.hidden;
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await until('it is asked again', () => asked > 0);
  // The first answer is held until the second question was answered.
  let release;
  await page.route('**/admin/api/orders?*text=slow*', async (route) => {
    await new Promise((resolve) => (release = resolve));
    await route.fulfill({ json: [] }).catch(() => {});
  });
  await office.goto('/orders?text=slow');
  await until('it is held', () => release);
  await office.goto('/orders');
  await page.locator('tbody tr').first().waitFor();
  release();
  await page.waitForTimeout(500);
  assert.ok((await page.locator('tbody tr').count()) > 0);
});

test('the language is the browser’s, can be changed, and is kept', async () => {
  const office = await enter(ADMIN_TOKEN, { locale: 'zh-CN' });
  const { page } = office;
  await page.getByRole('heading', { name: '今日', exact: true }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'zh-CN');
  await page.getByLabel('语言').selectOption('English');
  await page.getByRole('heading', { name: 'Today', exact: true }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Today', exact: true }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
});

const hkd = (minor) => new Intl.NumberFormat('en-HK', { style: 'currency', currency: 'HKD' }).format(minor / 100);

async function call(path) {
  const answer = await fetch(`${at.stage.worker.url}/admin/api${path}`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
  return { json: await answer.json() };
}
