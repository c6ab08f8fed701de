// WeChat Pay fails while an order is placed. Whatever goes wrong with the answer, the Worker
// repeats the same order, unchanged and with the same number, until it has the code. Two numbers
// would be two orders that can be paid.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { freePort } from '../support/free-port.mjs';
import { FAULTS, startGateway } from '../support/gateway/gateway.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { Shop } from '../support/shop/shop.mjs';
import { onStage, setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';
import { startWorker } from '../support/worker/worker.mjs';

/** A right answer has a few hundred bytes. Of an endless one the machine's own buffers may take more than the Worker. */
const ENOUGH = 16 * 1024 * 1024;

describe('WeChat Pay fails', { concurrency: true }, () => {
  describe('the answer to an order goes wrong once', { concurrency: 1 }, () => {
    const stage = onStage();

    for (const fault of FAULTS) {
      test(`${fault}: the order recovers with the same number`, async () => {
        const from = stage.gateway.calls.length;
        stage.gateway.next('unifiedorder', fault);
        const order = await stage.shop.placePayable();
        const asked = stage.gateway.calls.slice(from).filter(({ call }) => call === 'unifiedorder');
        assert.equal(asked[0].fault, fault);
        assert.ok(asked[0].sent < ENOUGH, `${asked[0].sent} bytes were taken`);
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

  describe('WeChat Pay takes an order and does not answer', { concurrency: true }, () => {
    const stage = onStage();

    /** An order whose first call waits for its answer. They are made one at a time, so that each holds its own call. */
    let last = Promise.resolve();
    function unanswered() {
      const one = last.then(async () => {
        const held = stage.gateway.hold('unifiedorder');
        const placing = stage.shop.place();
        return { letGo: await held, call: stage.gateway.calls.at(-1), placing };
      });
      last = one;
      return one;
    }
    const callsOf = ({ fields }) =>
      stage.gateway.calls.filter(({ call, fields: { out_trade_no } }) => call === 'unifiedorder' && out_trade_no === fields.out_trade_no);

    test('while its call is on its way the page is told to ask again, and the answer that comes then still counts', async () => {
      const { letGo, call, placing } = await unanswered();
      const { status, json } = await placing;
      assert.deepEqual([status, json.order.status, json.order.id], [201, 'placing', call.fields.out_trade_no]);
      assert.equal(call.over, false, 'five seconds are less than a call may take');
      assert.ok(json.order.ask_again_in_ms <= 1_000);
      letGo();
      const order = { id: json.order.id, token: json.token };
      const { code_url } = await stage.shop.becomes('awaiting_payment', order);
      assert.equal(callsOf(call).length, 1);
      await stage.gateway.pay(code_url);
      await stage.shop.becomes('paid', order);
    });

    test('its call is cut off in the end, and the same order is asked for again', async () => {
      const { call, placing } = await unanswered();
      const { json } = await placing;
      await until('it is asked for again', () => callsOf(call).length === 2, { withinMs: 60_000, everyMs: 20 });
      assert.equal(call.over, true, 'its connection is closed before the next one opens');
      const view = await stage.shop.becomes('awaiting_payment', { id: json.order.id, token: json.token });
      assert.equal(stage.gateway.ledger.orders.get(view.id).codeUrl, view.code_url);
    });
  });

  describe('WeChat Pay refuses the order', { concurrency: 1 }, () => {
    const stage = onStage();

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
      const { json } = await shop.place();
      assert.equal(json.order.status, 'awaiting_payment', 'at once: the page has its code with the first answer');
      await gateway.pay(json.order.code_url);
      await shop.becomes('paid', { id: json.order.id, token: json.token });
    } finally {
      await worker.stop();
      await gateway.stop();
    }
  });
});

/** The fields that must not change when an order is repeated: all except nonce and signature. */
function terms({ nonce_str: _nonce, sign: _sign, ...rest }) {
  return rest;
}
