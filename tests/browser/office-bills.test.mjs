// The reconciliation in the back office: a day that differs, with what differs and what to do.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startSimulator } from '../support/gateway/simulator.mjs';
import { OfficePage } from '../support/office/office-page.mjs';
import { inBrowser } from '../support/page/in-browser.mjs';
import { ADMIN_TOKEN, BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { Clocks, dayOf, HOUR_MS, NOON, reportOf } from '../support/shop/reconciliation.mjs';
import { setStageWithClock } from '../support/worker/moved-clock.mjs';

const at = inBrowser({ set: () => setStageWithClock({ start: startSimulator, platform: BACK_OFFICE.platform, vars: BACK_OFFICE.vars }) });

test('days that agree and differ are told apart, with sums and differences, and a day is compared again', async () => {
  const { stage } = at;
  const clocks = new Clocks(stage);
  const office = new BackOffice(stage.worker);
  await clocks.goTo(NOON);
  const before = dayOf(clocks.now() - 24 * HOUR_MS);
  await reportOf(stage, clocks, office, before);
  const day = dayOf(clocks.now());
  const orders = [await stage.shop.placePayable(), await stage.shop.placePayable()];
  for (const { id, view } of orders) {
    await stage.gateway.pay(view.code_url);
    await office.listed(id, ({ state }) => state === 'paid');
  }
  await stage.gateway.switch({ 'bill-edits': [{ number: orders[0].id, minor: 8_801 }] });
  await clocks.goTo(NOON);
  await reportOf(stage, clocks, office, day);

  await at.openContext();
  const own = await OfficePage.open(at.context, stage.worker.url, ADMIN_TOKEN);
  const { page } = own;
  await own.goto('/bills');
  const rows = page.getByRole('table', { name: 'Bills' }).locator('tbody tr');
  await rows.nth(1).waitFor();
  assert.match(await rows.nth(0).innerText(), /Differs[^]*HK\$176\.01[^]*HK\$176\.00[^]*1/);
  assert.match(await rows.nth(1).innerText(), /Agrees/);
  await page.getByRole('button', { name: 'Day' }).click();
  assert.match(await rows.nth(0).innerText(), /Agrees/, 'sorted by day, the older first');
  await rows.nth(1).getByRole('link').click();
  const difference = page.getByRole('article', { name: 'Another amount' });
  await difference.getByText(orders[0].id).waitFor();
  await difference.getByText('HK$88.01').waitFor();
  await difference.getByText('Look at both in the merchant platform.').waitFor();
  await page.getByRole('button', { name: 'Compare again' }).click();
  await page.getByText('The day is being compared. This takes a while.').waitFor();
});
