// A Worker that can be killed and started again over the same storage.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { BACK_OFFICE, BackOffice } from './back-office.mjs';
import { startGateway } from './gateway.mjs';
import { Shop } from './shop.mjs';
import { startWorker } from './worker.mjs';

/** Plays with a gateway, and a Worker of which `start` makes the next life and `kill` ends this one. */
export async function withMortalWorker(play) {
  const storage = await mkdtemp(join(tmpdir(), 'wechatpay-edge-'));
  const gateway = await startGateway();
  const ORDER_SECRET = 'the order secret of one mortal Worker';
  let worker;
  const start = async () => {
    worker = await startWorker({
      gateway,
      storage,
      port: worker?.port,
      ...BACK_OFFICE,
      vars: { ...BACK_OFFICE.vars, ORDER_SECRET },
    });
    return { worker, shop: new Shop(worker), office: new BackOffice(worker) };
  };
  const kill = async () => {
    await worker.stop();
    worker = { port: worker.port, stop: async () => {} };
  };
  try {
    await play({ gateway, start, kill, loseAlarms: () => loseAlarms(storage) });
  } finally {
    await worker?.stop();
    await gateway.stop();
    await rm(storage, { recursive: true, force: true });
  }
}

/** Takes every alarm out of a dead Worker's storage: out of the platform's list and out of each object. */
async function loseAlarms(storage) {
  const folder = join(storage, 'do', '-OrderObject');
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.sqlite'))) {
    const database = new DatabaseSync(join(folder, file));
    database.exec(file === 'metadata.sqlite' ? 'DELETE FROM _cf_ALARM' : 'DELETE FROM _cf_METADATA WHERE key = 1');
    database.close();
  }
}
