// The back office of a Worker whose settings need mending, and in a browser that keeps nothing.

import { describe, test } from 'node:test';

import { startSimulator } from '../support/gateway/simulator.mjs';
import { OfficePage } from '../support/office/office-page.mjs';
import { inBrowser } from '../support/page/in-browser.mjs';
import { ADMIN_TOKEN, BACK_OFFICE } from '../support/shop/back-office.mjs';

describe('a Worker with a mistake in its settings', () => {
  const at = inBrowser({ stage: { start: startSimulator, vars: { ...BACK_OFFICE.vars, ORDER_EXPIRES_MINUTES: '5000' } }, forgiven: /\b500\b|\b503\b/ });

  test('lets its merchant in to see what it is, and how to mend it', async () => {
    await at.openContext();
    const office = await OfficePage.open(at.context, at.stage.worker.url);
    await office.page.getByLabel('Key').fill(ADMIN_TOKEN);
    await office.page.keyboard.press('Enter');
    await office.page.getByText('Something needs mending.').waitFor();
    const settings = office.page.getByRole('main').getByRole('listitem').filter({ hasText: 'ORDER_EXPIRES_MINUTES' });
    await settings.getByText('Mend this').waitFor();
  });
});

describe('a browser that keeps nothing for the page', () => {
  const at = inBrowser({ stage: { start: startSimulator, vars: BACK_OFFICE.vars } });

  test('says so instead of an empty page', async () => {
    await at.openContext();
    const page = await at.context.newPage();
    await page.addInitScript(() => {
      const refuse = { get: () => { throw new DOMException('denied', 'SecurityError'); } };
      Object.defineProperties(globalThis, { sessionStorage: refuse, localStorage: refuse });
    });
    await page.goto(`${at.stage.worker.url}/admin/`);
    await page.getByText('Your browser keeps nothing for this page').waitFor();
  });
});
