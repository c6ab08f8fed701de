// Refunds in the back office: whole, in part, never twice, and only by a key that may.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startSimulator } from '../support/gateway/simulator.mjs';
import { order, paid } from '../support/office/fill.mjs';
import { OfficePage } from '../support/office/office-page.mjs';
import { inBrowser } from '../support/page/in-browser.mjs';
import { ADMIN_TOKEN, BACK_OFFICE, BackOffice, makeKey } from '../support/shop/back-office.mjs';
import { until } from '../support/until.mjs';

const READER = makeKey('reader', 'read+write');
const at = inBrowser({
  stage: { start: startSimulator, ...BACK_OFFICE, vars: { ...BACK_OFFICE.vars, ADMIN_KEYS: READER.line } },
  // Answers are lost on purpose, and a refund is refused.
  forgiven: /\b40[39]\b|\b502\b|ERR_|NetworkError|Failed to fetch/,
});

let count = 0;
const back = () => new BackOffice(at.stage.worker);
const refundsOf = async (id) => (await back().history(id)).json.refunds;

/** A paid order, on its page. */
async function enter({ amount = 42_400, key = ADMIN_TOKEN } = {}) {
  const made = await order(at.stage, `refund-${(count += 1)}`, { amount_minor: amount });
  await paid(at.stage, made);
  await at.openContext();
  const office = await OfficePage.open(at.context, at.stage.worker.url, key);
  await office.goto(`/orders/${made.id}`);
  await office.page.getByRole('region', { name: 'History' }).waitFor();
  const dialog = office.page.getByRole('dialog');
  return { ...office, page: office.page, id: made.id, dialog, open: () => office.page.getByRole('button', { name: 'Refund', exact: true }).click() };
}

/**
 * From now on the page's first request of a refund gets no answer: it is `lost` on the way back, or `unsent`, or answered by something
 * `odd` in between. In the page, because not every driver hands on the body of a request. [`asked`] has the bodies.
 */
const lose = (page, how) =>
  page.evaluate((how) => {
    const ask = globalThis.fetch;
    globalThis.asked = [];
    globalThis.fetch = async (url, init) => {
      if (init?.method !== 'POST' || !String(url).endsWith('/refunds')) return ask(url, init);
      globalThis.asked.push(init.body);
      if (globalThis.asked.length > 1) return ask(url, init);
      if (how !== 'unsent') await ask(url, init);
      if (how === 'odd') return new Response('<html>Bad gateway</html>', { status: 502, headers: { 'content-type': 'text/html' } });
      throw new TypeError('the connection was reset');
    };
  }, how);
const asked = (page) => page.evaluate(() => globalThis.asked);

/** Chooses a part, and goes on to the question. */
async function choose(dialog, amount, reason) {
  await dialog.getByLabel('A part').check();
  await dialog.getByLabel('Amount in HKD').fill(amount);
  if (reason) await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByRole('button', { name: 'Next' }).click();
}

test('the whole is refunded after a question, and its progress is shown until the payer has it', async () => {
  const { page, dialog, id, open } = await enter();
  await open();
  await dialog.getByText('Of HK$424.00, HK$424.00 can be refunded.').waitFor();
  await dialog.getByRole('button', { name: 'Next' }).click();
  await dialog.getByRole('heading', { name: 'Refund this?' }).waitFor();
  assert.deepEqual(await refundsOf(id), [], 'nothing before the question is answered');
  await dialog.getByRole('button', { name: 'Refund HK$424.00' }).click();
  await page.getByText('The refund of HK$424.00 is on its way.').waitFor();
  const own = page.getByRole('region', { name: 'Refunds' });
  await own.getByText(/^(Asked for|On its way|Refunded)$/).first().waitFor();
  const [{ out_refund_no: number }] = await refundsOf(id);
  // The simulator tells by itself that the payer has the money.
  await back().refundBecomes(id, number, 'refunded');
  await own.getByText('Refunded', { exact: true }).waitFor();
  assert.equal(await own.locator('[aria-current=step]').innerText(), 'With the payer');
  assert.equal(await page.getByRole('button', { name: 'Refund', exact: true }).isDisabled(), true, 'nothing is left');
});

test('a part is refunded with its reason; what is no amount or too much is refused in words', async () => {
  const { page, dialog, id, open } = await enter();
  await open();
  for (const [typed, words] of [
    ['', 'Type an amount.'],
    ['1,5', 'Type an amount as in 12.50'],
    ['12.345', 'Type an amount as in 12.50'],
    ['0.00', 'A refund is more than nothing.'],
    ['424.01', 'That is more than what is left: HK$424.00.'],
  ]) {
    await choose(dialog, typed);
    await dialog.getByText(words).waitFor();
    assert.equal(await dialog.getByLabel('Amount in HKD').getAttribute('aria-invalid'), 'true');
  }
  await choose(dialog, '12.50', 'One tin <b>broke</b>');
  await dialog.getByRole('button', { name: 'Refund HK$12.50' }).click();
  await page.getByText('The refund of HK$12.50 is on its way.').waitFor();
  const [refund] = await refundsOf(id);
  assert.deepEqual([refund.amount, refund.reason], [{ minor: 1250, currency: 'HKD' }, 'One tin <b>broke</b>']);
  await open();
  await dialog.getByText('Of HK$424.00, HK$411.50 can be refunded.').waitFor();
});

test('a double press is one refund', async () => {
  const { page, dialog, id, open } = await enter();
  let posts = 0;
  page.on('request', (request) => (posts += request.method() === 'POST' && request.url().endsWith('/refunds') ? 1 : 0));
  await open();
  await choose(dialog, '5.00');
  await dialog.getByRole('button', { name: 'Refund HK$5.00' }).evaluate((button) => void (button.click(), button.click(), button.click()));
  await page.getByText('The refund of HK$5.00 is on its way.').waitFor();
  assert.equal(posts, 1);
  assert.equal((await refundsOf(id)).length, 1);
});

test('a lost answer is told, and the repetition, with the same number, makes no second refund', async () => {
  const { page, dialog, id, open } = await enter();
  await lose(page, 'lost');
  await open();
  await choose(dialog, '7.00');
  await dialog.getByRole('button', { name: 'Refund HK$7.00' }).click();
  await dialog.getByText('Nobody can say yet whether the refund was taken.').waitFor();
  await dialog.getByRole('button', { name: 'Send the same refund again' }).click();
  await page.getByText('The refund of HK$7.00 is on its way.').waitFor();
  const sent = await asked(page);
  assert.match(sent[0], /"out_refund_no":"bo-[0-9a-f]{20}","amount_minor":700/);
  assert.deepEqual(sent, [sent[0], sent[0]]);
  assert.equal((await refundsOf(id)).length, 1);
});

test('a page that is closed after a lost answer asks for the same refund, and not for another', async () => {
  const { page, dialog, id, open } = await enter();
  // It does not even arrive.
  await lose(page, 'unsent');
  await open();
  await choose(dialog, '9.00');
  await dialog.getByRole('button', { name: 'Refund HK$9.00' }).click();
  await dialog.getByText('Nobody can say yet').waitFor();
  const [first] = await asked(page);
  await page.reload();
  await page.getByText('A refund was sent, and no answer came').waitFor();
  await page.getByRole('button', { name: 'Send the same refund again' }).click();
  await dialog.getByRole('button', { name: 'Send the same refund again' }).click();
  await page.getByText('The refund of HK$9.00 is on its way.').waitFor();
  const made = await refundsOf(id);
  assert.deepEqual(made.map(({ out_refund_no: number }) => number), [JSON.parse(first).out_refund_no]);
  await page.reload();
  await page.getByRole('region', { name: 'Refunds' }).waitFor();
  assert.equal(await page.getByText('A refund was sent, and no answer came').count(), 0);
});

test('a refund whose answer was lost and that the order has is not asked for again', async () => {
  const { page, dialog, open } = await enter();
  await lose(page, 'odd');
  await open();
  await choose(dialog, '3.00');
  await dialog.getByRole('button', { name: 'Refund HK$3.00' }).click();
  await dialog.getByText('Nobody can say yet').waitFor();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('region', { name: 'Refunds' }).getByText('HK$3.00').waitFor();
  await until('it is known', async () => (await page.getByText('A refund was sent, and no answer came').count()) === 0);
  assert.equal(await page.evaluate(() => Object.keys(sessionStorage).some((name) => name.includes('refund'))), false);
});

test('a refusal is told in the words of the Worker, and the next try is a new refund', async () => {
  const { page, dialog, id, open } = await enter({ amount: 1_000 });
  await open();
  await choose(dialog, '6.00');
  await back().refund(id, { out_refund_no: 'R1', amount_minor: 600 });
  await dialog.getByRole('button', { name: 'Refund HK$6.00' }).click();
  await dialog.getByText('That is not possible.').waitFor();
  await dialog.getByText('this refund exceeds what is left of the payment: 400.').waitFor();
  await dialog.getByRole('button', { name: 'Back' }).click();
  await dialog.getByText('Of HK$10.00, HK$4.00 can be refunded.').waitFor();
  await choose(dialog, '4.00');
  await dialog.getByRole('button', { name: 'Refund HK$4.00' }).click();
  await page.getByText('The refund of HK$4.00 is on its way.').waitFor();
  assert.equal((await refundsOf(id)).length, 2);
});

test('a key without the role cannot press, and a role that was taken away is told', async () => {
  const { page, id } = await enter({ key: READER.key });
  assert.equal(await page.getByRole('button', { name: 'Refund', exact: true }).isDisabled(), true);
  await page.getByText('This key may not refund.').waitFor();
  // As if the roles had been changed while the page was open.
  const office = await OfficePage.open(at.context, at.stage.worker.url, READER.key);
  await office.page.route('**/admin/api/key', (route) => route.fulfill({ json: { name: 'reader', roles: ['read', 'write', 'refund'], time_zone: 'Asia/Hong_Kong' } }));
  await office.page.reload();
  await office.goto(`/orders/${id}`);
  await office.page.getByRole('button', { name: 'Refund', exact: true }).click();
  const dialog = office.page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Next' }).click();
  await dialog.getByRole('button', { name: /^Refund HK/ }).click();
  await dialog.getByText('This key may not do that.').waitFor();
  assert.deepEqual(await refundsOf(id), []);
});
