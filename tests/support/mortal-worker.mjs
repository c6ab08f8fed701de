// A Worker that can be killed and started again over the same storage.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { BACK_OFFICE, BackOffice } from './back-office.mjs';
import { startGateway } from './gateway.mjs';
import { Shop } from './shop.mjs';
import { startWorker } from './worker.mjs';

/** Plays with a gateway, and a Worker of which `start` makes the next life, with these variables, and `kill` ends this one. */
export async function withMortalWorker(play) {
  const storage = await mkdtemp(join(tmpdir(), 'wechatpay-edge-'));
  const gateway = await startGateway();
  const ORDER_SECRET = 'the order secret of one mortal Worker';
  let worker;
  const start = async (vars) => {
    worker = await startWorker({
      gateway,
      storage,
      port: worker?.port,
      ...BACK_OFFICE,
      vars: { ...BACK_OFFICE.vars, ORDER_SECRET, ...vars },
    });
    return { worker, shop: new Shop(worker), office: new BackOffice(worker) };
  };
  const kill = async () => {
    await worker.stop();
    worker = { port: worker.port, stop: async () => {} };
  };
  try {
    const dead = { loseAlarms: () => loseAlarms(storage), age: (days) => age(storage, days) };
    await play({ gateway, start, kill, dead });
  } finally {
    await worker?.stop();
    await gateway.stop();
    await rm(storage, { recursive: true, force: true });
  }
}

/** Takes every alarm out of a dead Worker's storage: out of the platform's list and out of each object. */
function loseAlarms(storage) {
  return inEachObject(storage, (database, isList) =>
    database.exec(isList ? 'DELETE FROM _cf_ALARM' : 'DELETE FROM _cf_METADATA WHERE key = 1'),
  );
}

/** Makes the orders in a dead Worker's storage older. */
function age(storage, days) {
  const path = "'$.order.made_at_ms'";
  const sql = `UPDATE snapshot SET json = json_set(json, ${path}, json_extract(json, ${path}) - ${days * 86_400_000})`;
  return inEachObject(storage, (database, isList) => isList || database.exec(sql));
}

async function inEachObject(storage, change) {
  const folder = join(storage, 'do', '-OrderObject');
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.sqlite'))) {
    const database = new DatabaseSync(join(folder, file));
    change(database, file === 'metadata.sqlite');
    database.close();
  }
}
