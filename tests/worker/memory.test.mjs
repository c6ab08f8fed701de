// What is left in the memory of an isolate of orders that the platform has thrown out: nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { freePort } from '../support/free-port.mjs';
import { BACK_OFFICE } from '../support/shop/back-office.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';
import { Inspector } from '../support/worker/inspector.mjs';
import { freedOrders } from '../support/worker/freed-orders.mjs';

const NAME = 'worker';
const ORDERS = 12;

test('the halves of an order in JavaScript and in wasm are freed when the platform throws its object out', async () => {
  const inspectorPort = await freePort();
  const stage = await setStage({ ...BACK_OFFICE, platform: { ...BACK_OFFICE.platform, ...(await freedOrders()), name: NAME, inspectorPort } });
  try {
    const counts = async () => (await fetch(`${stage.worker.url}/of-the-test/freed`)).json();
    for (let at = 0; at < ORDERS; at += 1) {
      const order = await stage.shop.placePayable();
      if (at % 2 === 0) await stage.gateway.pay(order.view.code_url);
    }
    const { made } = await counts();
    assert.ok(made >= ORDERS, `${made} were made`);
    await fetch(`${stage.worker.url}/of-the-test/throw-out`);
    const inspector = await Inspector.open(inspectorPort, NAME);
    // The platform's own list of objects may hold the last ones a little longer.
    await until('most are freed', async () => {
      void inspector.send('HeapProfiler.collectGarbage').catch(() => {});
      const { freed, gone } = await counts();
      assert.ok(freed >= made - 2 && gone >= made - 2, `of ${made}, JavaScript has let go ${gone} and the wasm ${freed}`);
      return true;
    }, { withinMs: 50_000, everyMs: 200 });
    inspector.close();
  } finally {
    await stage.stop();
  }
});
