// The platform may remove an object from memory at any time. The object's data is on disk, its alarm
// is set, and the connected pages stay connected.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { notification } from '../support/gateway/notification.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { onStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';

describe('an object that is evicted', () => {
  const stage = onStage({ vars: BACK_OFFICE.vars, platform: { name: 'worker' } });

  /** The platform releases an object only after the Worker's garbage, which has the object's stub, was collected. */
  async function evict({ id }) {
    let gone = false;
    const going = stage.worker.miniflare
      .unsafeEvictDurableObject('worker', 'OrderObject', { name: id, webSockets: 'hibernate' })
      .finally(() => (gone = true));
    while (!gone) await Promise.all(Array.from({ length: 20 }, () => fetch(`${stage.shop.url}/healthz`).then((answer) => answer.text())));
    await going;
  }

  test('between ordering and paying still takes the payment, and has the same code', async () => {
    const order = await stage.shop.placePayable();
    await evict(order);
    assert.equal((await stage.shop.look(order)).json.code_url, order.view.code_url);
    await evict(order);
    const { text } = await stage.shop.notify(notification(stage.gateway.merchant, asPaidOrder(order.view)));
    assert.match(text, /SUCCESS/);
    await evict(order);
    assert.equal(await stage.shop.status(order), 'paid');
  });

  test('knows a duplicate from a second payment', async () => {
    const order = await stage.shop.placePayable();
    const message = notification(stage.gateway.merchant, asPaidOrder(order.view));
    await stage.shop.notify(message);
    await evict(order);
    await stage.shop.notify(message);
    assert.equal((await stage.shop.look(order)).json.notices, undefined);
    await evict(order);
    await stage.shop.notify(notification(stage.gateway.merchant, asPaidOrder(order.view)));
    assert.deepEqual((await stage.shop.look(order)).json.notices, ['paid_twice']);
  });

  test('asks by its alarm all the same', async () => {
    await stage.gateway.notifications(false);
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    await evict(order);
    await until('the alarm has asked', async () => (await stage.gateway.queriesOf(order.id)) > 0, { withinMs: 30_000 });
    await stage.shop.becomes('paid', order); // the answer is on its way
    await stage.gateway.notifications(true);
  });

  test('goes on asking while a page listens, though the page itself asks for nothing', async () => {
    const order = await stage.shop.placePayable();
    const heard = [];
    const url = `${stage.worker.url.replace('http', 'ws')}/api/orders/${order.id}/live`;
    const socket = new WebSocket(url, ['wechat-pay.v1', `token.${order.token}`]);
    socket.addEventListener('message', ({ data }) => heard.push(data));
    await until('the first view', () => heard.length > 0);
    // An evicted object has forgotten that a page looked. The socket is still there.
    await evict(order);
    await until('it has asked twice', async () => (await stage.gateway.queriesOf(order.id)) >= 2, { withinMs: 60_000 });
    const { events } = (await new BackOffice(stage.worker).history(order.id)).json;
    const [first, second] = events.filter(({ what }) => what.name === 'call_begun' && what.call === 'query_order');
    assert.ok(second.at_ms - first.at_ms < 15_000, 'not at the end of the offer, as if nobody looked');
  });

  test('keeps the socket of the page that looks on, and tells it of the payment', async () => {
    const order = await stage.shop.placePayable();
    const url = `${stage.worker.url.replace('http', 'ws')}/api/orders/${order.id}/live`;
    const socket = new WebSocket(url, ['wechat-pay.v1', `token.${order.token}`]);
    const views = [];
    socket.addEventListener('message', ({ data }) => views.push(JSON.parse(data)));
    await until('the first view', () => views.length > 0);
    await evict(order);
    await stage.shop.notify(notification(stage.gateway.merchant, asPaidOrder(order.view)));
    await until('the payment is shown', () => views.at(-1).status === 'paid');
  });
});
