// What every route owes to those who ask in another way: HEAD as GET, and a method it does not take.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { setStage } from '../support/stage.mjs';

describe('a route', () => {
  let stage;
  before(async () => (stage = await setStage()));
  after(() => stage?.stop());

  const ask = (method, path, headers = {}) => fetch(`${stage.worker.url}${path}`, { method, headers });

  test('that takes GET takes HEAD, without a body', async () => {
    const order = await stage.shop.placePayable();
    const headers = { authorization: `Bearer ${order.token}` };
    for (const path of ['/healthz', '/api/shop', `/api/orders/${order.id}`]) {
      const [get, head] = [await ask('GET', path, headers), await ask('HEAD', path, headers)];
      assert.deepEqual([head.status, head.headers.get('content-type')], [200, get.headers.get('content-type')], path);
      assert.equal(await head.text(), '');
      assert.notEqual(await get.text(), '');
    }
    assert.equal((await ask('HEAD', `/api/orders/${order.id}`)).status, 404, 'the token is asked for as ever');
  });

  test('that does not take a method says which ones it takes', async () => {
    for (const [method, path, allowed] of [
      ['POST', '/healthz', 'GET, HEAD'],
      ['GET', '/notify/wechat', 'POST'],
      ['DELETE', '/api/orders', 'POST, OPTIONS'],
    ]) {
      const answer = await ask(method, path);
      assert.deepEqual([answer.status, answer.headers.get('allow')], [405, allowed], `${method} ${path}`);
    }
  });
});
