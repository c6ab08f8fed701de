// WeChat Pay fails while an order is placed. Whatever goes wrong with the answer, the same order
// is asked for again under the same number, unchanged, until its code is there: two numbers would
// be two payable orders.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { BACK_OFFICE, BackOffice } from '../support/back-office.mjs';
import { freePort } from '../support/free-port.mjs';
import { FAULTS, startGateway } from '../support/gateway.mjs';
import { Shop } from '../support/shop.mjs';
import { setStage } from '../support/stage.mjs';
import { startWorker } from '../support/worker.mjs';

describe('the answer to an order goes wrong once', () => {
  let stage;
  before(async () => (stage = await setStage()));
  after(() => stage?.stop());

  for (const fault of FAULTS) {
    test(`${fault}: the order recovers with the same number`, async () => {
      const from = stage.gateway.calls.length;
      stage.gateway.next('unifiedorder', fault);
      const order = await stage.shop.placePayable();
      const asked = stage.gateway.calls.slice(from).filter(({ call }) => call === 'unifiedorder');
      assert.equal(asked[0].fault, fault);
      assert.ok(asked.length >= 2, 'it was repeated');
      for (const { fields } of asked) assert.deepEqual(terms(fields), terms(asked[0].fields));
      assert.equal(stage.gateway.ledger.orders.get(order.id).codeUrl, order.view.code_url);
    });
  }

  test('after all that, each order exists once at WeChat Pay and can be paid', async () => {
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    await stage.shop.becomes('paid', order);
    assert.equal(stage.gateway.ledger.orders.size, FAULTS.length + 1);
  });
});

test('a status other than 200 reaches the merchant, with what the page of HTML says', async () => {
  const stage = await setStage(BACK_OFFICE);
  try {
    stage.gateway.next('unifiedorder', 'HTML 502');
    stage.gateway.next('unifiedorder', 'a redirect');
    const order = await stage.shop.placePayable();
    const events = JSON.stringify((await new BackOffice(stage.worker).history(order.id)).json.events);
    assert.match(events, /HTTP 502: 502 Bad Gateway/);
    assert.match(events, new RegExp(`HTTP 307: a redirect to ${stage.gateway.url}/pay/unifiedorder`));
  } finally {
    await stage.stop();
  }
});

describe('WeChat Pay refuses the order', () => {
  let stage;
  before(async () => (stage = await setStage()));
  after(() => stage?.stop());

  const refusals = {
    NOAUTH: 'shop_misconfigured',
    APPID_MCHID_NOT_MATCH: 'shop_misconfigured',
    ORDERCLOSED: 'refused',
  };
  for (const [err_code, why] of Object.entries(refusals)) {
    test(`${err_code}: the order fails for good, and says why without details`, async () => {
      const from = stage.gateway.calls.length;
      stage.gateway.next('unifiedorder', { result_code: 'FAIL', err_code, err_code_des: 'inner detail' });
      const { json } = await stage.shop.place();
      const failed = await stage.shop.becomes('failed', { id: json.order.id, token: json.token });
      assert.equal(failed.failure, why);
      assert.equal(failed.code_url, undefined);
      assert.ok(!JSON.stringify(failed).includes('inner detail'));
      const asked = stage.gateway.calls.slice(from).filter(({ call }) => call === 'unifiedorder');
      assert.equal(asked.length, 1, 'a refusal is not repeated');
    });
  }
});

test('the first host cannot be reached: the order goes through the next one', async () => {
  const dead = `http://127.0.0.1:${await freePort()}`;
  const gateway = await startGateway();
  const worker = await startWorker({ gateway, vars: { WECHAT_GATEWAY: `${dead}, ${gateway.url}` } });
  try {
    const shop = new Shop(worker);
    const order = await shop.placePayable();
    await gateway.pay(order.view.code_url);
    await shop.becomes('paid', order);
  } finally {
    await worker.stop();
    await gateway.stop();
  }
});

/** What may not change when an order is asked for again: all but nonce and signature. */
function terms({ nonce_str: _nonce, sign: _sign, ...rest }) {
  return rest;
}
