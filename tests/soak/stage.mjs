// The whole of it: the simulator, the Worker over a storage that outlives it, the merchant, and what carries notifications.
// All clocks go faster together.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { children } from '../benches/edge/process.mjs';
import { freePort } from '../support/free-port.mjs';
import { startSimulator } from '../support/gateway/simulator.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { Shop } from '../support/shop/shop.mjs';
import { startWorker } from '../support/worker/worker.mjs';
import { startMerchant } from './merchant.mjs';
import { patiently } from './patiently.mjs';
import { soakedPlatform } from './platform.mjs';
import { startPostOffice } from './post-office.mjs';

/** How often the simulator's clock is moved to where the Worker's is. */
const TICK_MS = 100;

export async function startStage(options) {
  const stage = new Stage(options);
  await stage.start();
  return stage;
}

class Stage {
  /** How often the Worker was killed. */
  kills = 0;
  #others;
  #pid;

  constructor({ speed, expiresMinutes = 30 }) {
    Object.assign(this, { speed, expiresMinutes, since: Date.now() });
  }

  async start() {
    this.storage = await mkdtemp(join(tmpdir(), 'wechatpay-soak-'));
    [this.simulator, this.merchant, this.post, this.port, this.direct] = await Promise.all([startSimulator(), startMerchant(), startPostOffice(), freePort(), freePort()]);
    await this.startWorker();
    this.#keepTime();
  }

  async startWorker() {
    this.#others = new Set(children('workerd'));
    this.worker = await startWorker({
      gateway: this.simulator,
      storage: this.storage,
      port: this.port,
      bare: true,
      vars: {
        ...BACK_OFFICE.vars,
        ORDER_SECRET: 'the order secret of the soak, thirty-two or more',
        NOTIFY_BASE_URL: this.post.url,
        ORDER_EXPIRES_MINUTES: String(this.expiresMinutes),
        WEBHOOK_URL: this.merchant.url,
        WEBHOOK_SECRET: this.merchant.secret,
      },
      platform: {
        ...BACK_OFFICE.platform,
        ...(await soakedPlatform(this)),
        // Past Miniflare's own Workers, which take as long as ours.
        unsafeDirectSockets: [{ host: '127.0.0.1', port: this.direct }],
      },
    });
    this.worker.url = `http://127.0.0.1:${this.direct}`;
    [this.#pid] = children('workerd').filter((child) => !this.#others.has(child));
    this.post.worker = this.worker.url;
    this.shop = new Shop(this.worker);
    this.office = new BackOffice(this.worker);
    await this.tell(this.told ?? {});
  }

  /** The process dies in the middle of what it does, and another one comes over the same storage. */
  async kill() {
    this.kills += 1;
    process.kill(this.#pid, 'SIGKILL');
    await this.worker.stop().catch(() => {});
    await this.startWorker();
  }

  /** Changes the platform: `{ index: { slowMs, isDown }, jumpMs, evictOneIn }`. It stays so after a kill. */
  async tell(change) {
    this.told = { ...this.told, ...change };
    return patiently(async () => (await fetch(`${this.worker.url}/of-the-soak`, { method: 'POST', body: JSON.stringify(change) })).json());
  }

  /** The rows of the index. */
  async rows(sql) {
    const index = await this.worker.miniflare.getD1Database('INDEX');
    return (await index.prepare(sql).all()).results;
  }

  /** Minutes of the Worker's clock. */
  minutes(ms) {
    return (ms * this.speed) / 60_000;
  }

  async #keepTime() {
    let ahead = 0;
    while (!this.isOver) {
      await pause(TICK_MS);
      const due = Math.trunc((Date.now() - this.since) * (this.speed - 1)) - ahead;
      if (due <= 0) continue;
      try {
        await this.simulator.advance(due);
        ahead += due;
      } catch {
        // It is busy, or it was stopped.
      }
    }
  }

  async stop() {
    this.isOver = true;
    await this.worker?.stop();
    await Promise.all([this.simulator?.stop(), this.merchant?.stop(), this.post?.stop()]);
    await rm(this.storage, { recursive: true, force: true });
  }
}
