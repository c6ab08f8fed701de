// Two messages about one payment meet inside the order's object. In either sequence the order is paid
// once, and a late answer undoes nothing. The gateway holds its answer until the other message has come.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { notification } from '../support/gateway/notification.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { onStage, setStage } from '../support/stage.mjs';
import { throughout, until } from '../support/until.mjs';

describe('two messages meet', { concurrency: true }, () => {
  const stage = onStage();

  test('a notification while a query is on its way: paid at once, and the late answer changes nothing', async () => {
    const order = await stage.shop.placePayable();
    const release = await stage.gateway.hold('orderquery', order.id);
    await stage.gateway.pay(order.view.code_url);
    const paid = (await stage.shop.look(order)).json;
    assert.equal(paid.status, 'paid');
    release();
    await nothingChanges(order, paid);
  });

  test('a query that says NOTPAY, overtaken by the notification: the order stays paid', async () => {
    const order = await stage.shop.placePayable();
    const release = await stage.gateway.hold('orderquery', order.id);
    await stage.shop.notify(notification(stage.gateway.merchant, asPaidOrder(order.view)));
    release();
    await until('the old answer has come', async () => (await stage.gateway.queriesOf(order.id)) > 0);
    await nothingChanges(order, { ...order.view, status: 'paid', version: order.view.version + 1 });
  });

  test('a second notification of the same payment, while the first is being stored, is no second payment', async () => {
    const order = await stage.shop.placePayable();
    const message = notification(stage.gateway.merchant, asPaidOrder(order.view));
    await Promise.all([stage.shop.notify(message), stage.shop.look(order), stage.shop.notify(message)]);
    const { status, notices } = (await stage.shop.look(order)).json;
    assert.deepEqual({ status, notices }, { status: 'paid', notices: undefined });
  });

  async function nothingChanges(order, { status, version }) {
    await throughout('the order stays as it is', async () => {
      const view = (await stage.shop.look(order)).json;
      return view.status === status && view.version === version && view.notices === undefined;
    });
  }
});

test('paid and notified before the Worker has the code: the payment counts', async () => {
  const stage = await setStage();
  try {
    const held = stage.gateway.hold('unifiedorder');
    const placing = stage.shop.place();
    const release = await held;
    const [{ codeUrl }] = [...stage.gateway.ledger.orders.values()];
    const paying = stage.gateway.pay(codeUrl);
    await until('the notification is answered', () => stage.gateway.deliveries.length > 0);
    release();
    await paying;
    const { order, token } = (await placing).json;
    await stage.shop.becomes('paid', { id: order.id, token });
    assert.equal((await stage.gateway.orderNumbersSeen()).length, 1);
  } finally {
    await stage.stop();
  }
});
