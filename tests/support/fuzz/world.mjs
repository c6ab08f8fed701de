// What a storm rages against: a Worker with real orders, some of which must be as they were when it is over.

import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import assert from 'node:assert/strict';

import { freePort } from '../free-port.mjs';
import { children } from '../../benches/edge/process.mjs';
import { startGateway } from '../gateway/gateway.mjs';
import { aMerchant } from '../gateway/merchant.mjs';
import { notification } from '../gateway/notification.mjs';
import { ADMIN_TOKEN, BACK_OFFICE } from '../shop/back-office.mjs';
import { CATALOG, lines } from '../shop/catalog.mjs';
import { OFFER_KEY } from '../shop/offer.mjs';
import { asPaidOrder, Shop } from '../shop/shop.mjs';
import { heapWithoutGarbage, residentBytes } from '../worker/memory.mjs';
import { startWorker } from '../worker/worker.mjs';
import { Random } from './random.mjs';
import { watchedWasm } from './watched-wasm.mjs';

const NAME = 'worker';
/** Strangers' orders and keys are few, so that a storm does not make ever more objects. */
const FEW = 40;
/** As long as an order can last, since a storm may be long. */
const LONGEST_MINUTES = '115';

/** Starts it. `stop` ends it. */
export async function startWorld(seed) {
  const random = new Random(seed);
  const gateway = await startGateway({ merchant: aMerchant({ key: random.text(32, '0123456789abcdef') }) });
  const storage = await mkdtemp(join(tmpdir(), 'wechatpay-fuzz-'));
  const stage = new World({ seed, gateway, random, storage });
  await stage.start();
  stage.world = {
    merchant: gateway.merchant,
    adminToken: ADMIN_TOKEN,
    offerKey: OFFER_KEY,
    offerEndsAt: 4_000_000_000,
    skus: CATALOG.items.map(({ sku }) => sku),
  };
  return stage;
}

class World {
  constructor(all) {
    Object.assign(this, all);
  }

  /** Starts the Worker over the orders that there are. */
  async start() {
    this.inspectorPort = await freePort();
    const others = new Set(children('workerd'));
    this.worker = await startWorker({
      gateway: this.gateway,
      storage: this.storage,
      echoes: true,
      vars: { ...BACK_OFFICE.vars, OFFER_KEY, ORDER_SECRET: `the order secret of the storm ${this.seed}`.padEnd(40, '.'), ORDER_EXPIRES_MINUTES: LONGEST_MINUTES },
      platform: {
        ...BACK_OFFICE.platform,
        ...(await watchedWasm()),
        name: NAME,
        inspectorPort: this.inspectorPort,
        // Past Miniflare's own Worker, which reads requests in its own way.
        unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      },
    });
    [this.pid] = children('workerd').filter((child) => !others.has(child));
    this.port = Number((await this.worker.miniflare.unsafeGetDirectURL(NAME)).port);
    this.shop = new Shop(this.worker);
  }

  /** Whether the process of workerd lives. */
  isAlive() {
    return existsSync(`/proc/${this.pid}/exe`);
  }

  /** After workerd has died: another one goes on with the same orders. */
  async restart() {
    await this.worker.stop().catch(() => {});
    await this.start();
  }

  /**
   * Puts new orders into it that must outlast what comes: some wait for their payment, some are paid. And new ones that the
   * requests may do anything to: no order of a shop has thousands of events, which its history would tell again and again.
   */
  async keep() {
    Object.assign(this.world, {
      keys: Array.from({ length: FEW }, () => this.random.text(22)),
      strangers: Array.from({ length: FEW }, () => `SALE-${this.random.text(12)}`),
      victims: await placed(this.shop, this.random, 6),
      passes: await passes(this.worker),
    });
    const [awaiting, paid] = [await placed(this.shop, this.random, 3), await placed(this.shop, this.random, 3)];
    for (const order of paid) assert.match(await this.#pays(order), /SUCCESS/);
    const views = await Promise.all([...awaiting, ...paid].map((order) => this.shop.look(order)));
    this.world.kept = [...awaiting, ...paid].map((order, at) => ({ ...order, seen: views[at].json.status }));
    assert.deepEqual(this.world.kept.map(({ seen }) => seen), [...awaiting.map(() => 'awaiting_payment'), ...paid.map(() => 'paid')]);
  }

  /** The kept orders are as they were: nobody has paid or cancelled one, and each that waits can be paid. */
  async checkKept() {
    for (const order of this.world.kept) {
      const { status, json } = await this.shop.look(order);
      assert.deepEqual([status, json.status], [200, order.seen], `order ${order.id} became ${json.status}`);
      assert.equal(json.amount.minor, order.view.amount.minor);
      if (order.seen === 'paid') continue;
      assert.match(await this.#pays(order), /SUCCESS/);
      assert.equal(await this.shop.status(order), 'paid');
    }
  }

  async #pays(order) {
    return (await this.shop.notify(notification(this.gateway.merchant, asPaidOrder(order.view)))).text;
  }

  /** Forgets what the gateway of the tests has noted, which is not the Worker's memory. */
  forget() {
    this.gateway.calls.length = 0;
    this.gateway.deliveries.length = 0;
    this.worker.log.length = 0;
  }

  /**
   * `{ rss, wasm, heap, instances, orders }`: the bytes of the process, those of the wasm, what V8 still holds after it has
   * collected its garbage, how many instances of the wasm there were, and how many orders there are.
   */
  async memory() {
    const { bytes, instances } = await this.#told();
    const heap = await heapWithoutGarbage({ port: this.inspectorPort, name: NAME, ask: () => this.#told() });
    return { rss: residentBytes(this.pid), wasm: bytes, heap, instances, orders: await this.#orders() };
  }

  async #told() {
    return (await fetch(`http://127.0.0.1:${this.port}/of-the-test/memory`)).json();
  }

  /** How many orders there are: each is a file. */
  async #orders() {
    const files = await readdir(join(this.storage, 'do', `${NAME}-OrderObject`));
    return files.filter((name) => name.endsWith('.sqlite')).length;
  }

  async stop() {
    try {
      await this.worker.stop();
    } finally {
      await this.gateway.stop();
      await rm(this.storage, { recursive: true, force: true });
    }
  }
}

async function placed(shop, random, count) {
  const orders = [];
  for (let at = 0; at < count; at += 1) orders.push(await shop.placePayable(lines(), { key: random.text(22) }));
  return orders;
}

/** Cookies of the checkout, as a browser has them after the form. */
async function passes(worker) {
  const all = [];
  for (let at = 0; at < 4; at += 1) {
    const answer = await fetch(`${worker.url}/checkout`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ sku: CATALOG.items[0].sku, quantity: '1' }),
    });
    await answer.body?.cancel();
    all.push({ path: answer.headers.get('location').replace('/start', ''), cookie: answer.headers.getSetCookie()[0].split(';')[0] });
  }
  return all;
}
