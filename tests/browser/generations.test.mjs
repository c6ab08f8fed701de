// A payment and a refund by each generation and edition of WeChat Pay's API, as people make them: the shop's page, the phone, and
// the back office.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ACCOUNTS } from '../support/gateway/accounts.mjs';
import { startSimulatorOfAll } from '../support/gateway/simulator.mjs';
import { OfficePage } from '../support/office/office-page.mjs';
import { inBrowser } from '../support/page/in-browser.mjs';
import { PhonePage } from '../support/page/phone-page.mjs';
import { ShopPage } from '../support/page/shop-page.mjs';
import { ADMIN_TOKEN, BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { GOODS } from '../support/shop/catalog.mjs';
import { Shop } from '../support/shop/shop.mjs';
import { siteIn } from '../support/shop/site.mjs';
import { until } from '../support/until.mjs';
import { startWorker } from '../support/worker/worker.mjs';

const at = inBrowser({ set: workersOfAll });

/** A Worker for each account, in front of one simulator: `workers` by the names of the accounts. */
async function workersOfAll() {
  const simulator = await startSimulatorOfAll();
  const sites = {};
  const workers = {};
  const stop = async () => {
    for (const worker of Object.values(workers)) await worker.stop();
    await simulator.stop();
    for (const site of Object.values(sites)) await site.remove();
  };
  try {
    await simulator.switch({ 'refund-takes-ms': 300 });
    for (const [name, account] of Object.entries(ACCOUNTS)) {
      const { feeType } = account.merchant;
      if (feeType !== 'HKD') sites[feeType] ??= await siteIn(feeType);
      const platform = account.letter === 'H' ? BACK_OFFICE.platform : {};
      workers[name] = await startWorker({ gateway: await simulator.as(account), vars: BACK_OFFICE.vars, platform, site: sites[feeType]?.folder });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { simulator, workers, stop };
}

for (const [name, account] of Object.entries(ACCOUNTS)) {
  test(`${name}: from the cart to the thanks, and the money goes back from the back office`, async () => {
    const worker = at.stage.workers[name];
    await at.openContext({ scale: 2 });
    const shop = await ShopPage.open(at.context, worker.url);
    const order = await shop.order();
    assert.equal(order.id[0], account.letter);
    const { code_url, amount } = (await new Shop(worker).look(order)).json;
    assert.deepEqual([amount.minor, amount.currency], [GOODS.amount_minor, account.merchant.feeType]);
    assert.equal(await shop.code(), code_url);
    const phone = new PhonePage(await shop.takePhone());
    await phone.pay();
    await phone.says('Payment successful');
    await shop.says('Payment received');

    const back = new BackOffice(worker);
    const office = await OfficePage.open(at.context, worker.url, ADMIN_TOKEN);
    await office.goto(`/orders/${order.id}`);
    await office.page.getByRole('region', { name: 'History' }).waitFor();
    await office.page.getByRole('button', { name: 'Refund', exact: true }).click();
    const dialog = office.page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Next' }).click();
    await dialog.getByRole('button', { name: /^Refund .*88\.00$/ }).click();
    const [{ out_refund_no: number }] = await until('the refund', async () => {
      const { refunds } = (await back.history(order.id)).json;
      return refunds.length > 0 && refunds;
    });
    await back.refundBecomes(order.id, number, 'refunded');
    await office.page.reload();
    await office.page.getByRole('region', { name: 'Refunds' }).getByText('Refunded', { exact: true }).waitFor();
    const { refunds } = await at.stage.simulator.order(order.id);
    assert.deepEqual(refunds.map(({ minor, status }) => [minor, status]), [[GOODS.amount_minor, 'SUCCESS']]);
  });
}
