// `POST /api/orders/{id}/cancel`: the shopper cancels. The page hears of it immediately. Money that
// comes nevertheless counts.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { notification, timeText } from '../support/gateway/notification.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { onStage, setStage } from '../support/stage.mjs';

describe('a shopper who gives up', () => {
  const stage = onStage();

  test('sees the order cancelled at once, and no code', async () => {
    const order = await stage.shop.placePayable();
    const { status, json } = await stage.shop.cancel(order);
    assert.equal(status, 200);
    assert.equal(json.code_url, undefined);
    await stage.shop.becomes('cancelled', order);
  });

  test('may press twice', async () => {
    const order = await stage.shop.placePayable();
    await stage.shop.cancel(order);
    assert.equal((await stage.shop.cancel(order)).status, 200);
    await stage.shop.becomes('cancelled', order);
  });

  /** Cancels an order. Then a payment is notified that was made this much later, or earlier. Returns the page’s notices. */
  async function paidAfterCancelling(ms) {
    const order = await stage.shop.placePayable();
    await stage.shop.cancel(order);
    await stage.shop.becomes('cancelled', order);
    // WeChat says in which second the shopper paid.
    const paid = { time_end: timeText(Date.now() + ms) };
    await stage.shop.notify(notification(stage.gateway.merchant, asPaidOrder(order.view), paid));
    return (await stage.shop.becomes('paid', order)).notices;
  }

  test('and pays a moment later all the same: paid wins, and the page says that it was late', async () => {
    assert.deepEqual(await paidAfterCancelling(2_000), ['paid_late']);
  });

  test('and had paid a moment before: paid wins, and nobody is told that it was late', async () => {
    assert.equal(await paidAfterCancelling(-2_000), undefined);
  });

  test('a paid order cannot be cancelled', async () => {
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    await stage.shop.becomes('paid', order);
    const { status, json } = await stage.shop.cancel(order);
    assert.deepEqual([status, json.status], [200, 'paid'], 'the page is told that the money was quicker');
    assert.equal(await stage.shop.status(order), 'paid');
  });

  test('nobody cancels another’s order', async () => {
    const order = await stage.shop.placePayable();
    const { status, json } = await stage.shop.cancel({ id: order.id, token: 'wrong' });
    assert.equal(status, 404);
    assert.equal(json.code, 'order_not_found');
    assert.equal(await stage.shop.status(order), 'awaiting_payment');
  });
});

test('paid, the notification lost, and then cancelled: WeChat Pay is asked, and the order is paid', async () => {
  const stage = await setStage();
  try {
    await stage.gateway.notifications(false);
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    await stage.shop.cancel(order);
    await stage.shop.becomes('paid', order, { withinMs: 15_000 });
  } finally {
    await stage.stop();
  }
});
