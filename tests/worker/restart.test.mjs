// The Worker's process ends and another one starts over the same storage: a deployment, a crash, an
// eviction. Orders and their alarms are still there.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';

import { startGateway } from '../support/gateway/gateway.mjs';
import { lines } from '../support/shop/catalog.mjs';
import { Shop, anIdempotencyKey } from '../support/shop/shop.mjs';
import { startWorker } from '../support/worker/worker.mjs';

describe('after a restart over the same storage', () => {
  let gateway;
  let storage;
  let worker;
  let shop;

  before(async () => {
    gateway = await startGateway();
    storage = await mkdtemp(join(tmpdir(), 'wechatpay-edge-'));
  });
  beforeEach(async () => {
    worker ??= await startWorker({ gateway, storage });
    shop = new Shop(worker);
  });
  after(async () => {
    await worker?.stop();
    await gateway?.stop();
    await rm(storage, { recursive: true, force: true });
  });

  async function restart({ meanwhile = async () => {} } = {}) {
    const { port, bindings } = worker;
    await worker.stop();
    await meanwhile();
    worker = await startWorker({ gateway, storage, port, vars: bindings });
  }

  test('an order is as it was, down to its code, and can be paid', async () => {
    const order = await shop.placePayable();
    await restart();
    const { json } = await shop.look(order);
    assert.equal(json.status, 'awaiting_payment');
    assert.equal(json.code_url, order.view.code_url);
    assert.equal(json.version, order.view.version);
    await gateway.pay(order.view.code_url);
    await shop.becomes('paid', order);
  });

  test('a paid order is still paid', async () => {
    const order = await shop.placePayable();
    await gateway.pay(order.view.code_url);
    const paid = await shop.becomes('paid', order);
    await restart();
    const { server_time_ms: _now, ...again } = (await shop.look(order)).json;
    const { server_time_ms: _then, ...before } = paid;
    assert.deepEqual(again, before);
  });

  test('the same key still names the same order', async () => {
    const key = anIdempotencyKey();
    const order = await shop.placePayable(lines(), { key });
    await restart();
    const again = await shop.place(lines(), { key });
    assert.equal(again.status, 200);
    assert.equal(again.json.order.id, order.id);
  });

  test('an order paid while no Worker ran is found paid by its alarm', async () => {
    await gateway.notifications(false);
    const order = await shop.placePayable();
    await restart({ meanwhile: () => gateway.pay(order.view.code_url) });
    await gateway.notifications(true);
    await shop.becomes('paid', order);
  });
});
