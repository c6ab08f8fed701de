// `GET /api/orders/{id}/live`: the order's view pushed over a WebSocket on every change.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';

import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';

describe('the live view', () => {
  let stage;
  before(async () => (stage = await setStage()));
  after(() => stage?.stop());

  function watch({ id, token }) {
    const url = `${stage.worker.url.replace('http', 'ws')}/api/orders/${id}/live`;
    const socket = new WebSocket(url, ['wechat-pay.v1', `token.${token}`]);
    const messages = [];
    socket.addEventListener('message', ({ data }) => messages.push(data));
    return { socket, messages };
  }

  test('shows the order as it is, and the payment as it comes', async () => {
    const order = await stage.shop.placePayable();
    const { socket, messages } = watch(order);
    await until('the first view', () => messages.length > 0);
    assert.equal(socket.protocol, 'wechat-pay.v1', 'the token is not echoed');
    assert.equal(JSON.parse(messages[0]).status, 'awaiting_payment');
    await stage.gateway.pay(order.view.code_url);
    await until('the payment', () => messages.some((text) => JSON.parse(text).status === 'paid'));
  });

  test('shows a payment before its acknowledgement is back at WeChat', async () => {
    for (let payment = 0; payment < 5; payment += 1) {
      const order = await stage.shop.placePayable();
      const { socket, messages } = watch(order);
      await until('the first view', () => messages.length > 0);
      await stage.gateway.pay(order.view.code_url);
      // Not waited for: both came to this process, and what was sent first is read first.
      assert.deepEqual(messages.map((text) => JSON.parse(text).status), ['awaiting_payment', 'paid'], `payment ${payment}`);
      socket.close();
    }
  });

  test('shows the same to two pages', async () => {
    const order = await stage.shop.placePayable();
    const pages = [watch(order), watch(order)];
    for (const { messages } of pages) await until('the first view', () => messages.length > 0);
    await stage.gateway.pay(order.view.code_url);
    for (const { messages } of pages) {
      await until('the payment', () => messages.some((text) => JSON.parse(text).status === 'paid'));
    }
  });

  test('answers a ping', async () => {
    const order = await stage.shop.placePayable();
    const { socket, messages } = watch(order);
    await once(socket, 'open');
    socket.send('ping');
    await until('the pong', () => messages.includes('pong'));
    socket.close();
  });

  test('answers a page that closes, and has room for it again', async () => {
    const order = await stage.shop.placePayable();
    // More often than pages may watch at the same time.
    for (let visit = 0; visit < 12; visit += 1) {
      const { socket, messages } = watch(order);
      await until('the first view', () => messages.length > 0);
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    }
  });

  test('opens for nobody without the order’s token', async () => {
    const order = await stage.shop.placePayable();
    for (const stranger of [{ ...order, token: 'wrong' }, { id: 'H0000000000000000000000000000000', token: order.token }]) {
      const { socket, messages } = watch(stranger);
      await once(socket, 'error');
      assert.deepEqual(messages, []);
    }
  });

  test('is a WebSocket and nothing else', async () => {
    const order = await stage.shop.placePayable();
    const answer = await fetch(`${stage.shop.url}/api/orders/${order.id}/live`, {
      headers: { authorization: `Bearer ${order.token}` },
    });
    assert.ok(answer.status >= 400 && answer.status < 500, String(answer.status));
    assert.match(answer.headers.get('content-type'), /^application\/problem\+json/);
  });
});
