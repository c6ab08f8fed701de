// `GET /api/orders/{id}/live`: the order's view pushed over a WebSocket on every change.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { describe, test } from 'node:test';

import { onStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';

describe('the live view', () => {
  const stage = onStage();

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
      // There is no need to wait: both messages came to this process, and the first one is read first.
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
    // More visits than pages may watch at the same time.
    for (let visit = 0; visit < 12; visit += 1) {
      const { socket, messages } = watch(order);
      await until('the first view', () => messages.length > 0);
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    }
  });

  /** The status that the route answers to a page that wants a socket. */
  const asked = ({ id, token }) =>
    new Promise((answered, failed) => {
      const headers = {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': Buffer.alloc(16).toString('base64'),
        'sec-websocket-protocol': `wechat-pay.v1, token.${token}`,
      };
      const out = request(`${stage.worker.url}/api/orders/${id}/live`, { headers }, (response) => {
        response.resume();
        answered({ status: response.statusCode, headers: response.headers });
      });
      out.on('upgrade', (response, socket) => (socket.destroy(), answered({ status: response.statusCode })));
      out.on('error', failed).end();
    });

  test('opens for eight pages of one order; the ninth is told to ask by itself, which it can', async () => {
    const order = await stage.shop.placePayable();
    const pages = Array.from({ length: 8 }, () => watch(order));
    for (const { messages } of pages) await until('the first view', () => messages.length > 0);
    const { status, headers } = await asked(order);
    assert.deepEqual([status, headers['retry-after'], headers['content-type']], [429, '10', 'application/problem+json']);
    assert.equal(await stage.shop.status(order), 'awaiting_payment');
    const closed = once(pages[0].socket, 'close');
    pages[0].socket.close();
    await closed;
    assert.equal((await asked(order)).status, 101, 'there is room again');
  });

  test('ends with the payment: nothing can follow that a page waits for', async () => {
    const order = await stage.shop.placePayable();
    const { socket, messages } = watch(order);
    await until('the first view', () => messages.length > 0);
    await stage.gateway.pay(order.view.code_url);
    await until('the Worker says goodbye', () => socket.readyState >= WebSocket.CLOSING);
    assert.equal(JSON.parse(messages.at(-1)).status, 'paid');
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
    assert.match(answer.headers.get('content-type'), /^application\/problem\+json/);
    const { status, detail } = await answer.json();
    assert.deepEqual([answer.status, status], [400, 400]);
    assert.match(detail, /WebSocket; ask by GET without \/live/, 'and not that there is no such order');
  });
});
