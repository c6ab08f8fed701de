// Two versions of the Worker over one storage and one index: the bundle of the last release, and the bundle that is built
// now. The edge (the routes) and the objects (the orders) run as two Workers, as during a deployment, and each can have
// either version.

import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { brotliDecompressSync } from 'node:zlib';

import { freePort } from '../free-port.mjs';
import { startSimulator } from '../gateway/simulator.mjs';
import { ROOT, WORKER_BUILD } from '../project.mjs';
import { ADMIN_TOKEN, BACK_OFFICE, BackOffice } from '../shop/back-office.mjs';
import { Shop } from '../shop/shop.mjs';
import { WEBHOOK_SECRET, startReceiver } from './webhook-receiver.mjs';
import { startWorker } from './worker.mjs';

/** The release that `OLD` is (see tests/releases/README.md). */
export const LAST_RELEASE = '0.1.0';

/** The bundle of the last release. */
export const OLD = 'old';
/** The bundle that is built now. */
export const NEW = 'new';

/** The two files of this version, in the form that Miniflare takes. */
async function modules(version) {
  const [script, wasm] = await Promise.all(['index.js', 'index_bg.wasm'].map((name) => file(version, name)));
  return {
    modulesRoot: ROOT,
    modules: [
      { type: 'ESModule', path: join(ROOT, 'index.js'), contents: script },
      { type: 'CompiledWasm', path: join(ROOT, 'index_bg.wasm'), contents: wasm },
    ],
  };
}

async function file(version, name) {
  if (version === NEW) return readFile(join(WORKER_BUILD, name));
  return brotliDecompressSync(await readFile(join(ROOT, 'tests', 'releases', LAST_RELEASE, `${name}.br`)));
}

/** Starts the Worker of the last release, both its routes and its objects. */
export async function startLastRelease(gateway) {
  const bundle = await modules(OLD);
  return startWorker({ gateway, split: { edge: bundle, objects: bundle } });
}

/**
 * Plays over one storage. `run({ edge, objects })` ends what ran before, starts these versions, and resolves to
 * `{ worker, shop, office }`. `stop()` only ends it; then `stored()` says what is in the storage. The gateway and the
 * receiver of webhooks keep running. `start` starts the gateway.
 */
export async function withVersions(play, { start = startSimulator } = {}) {
  const storage = await mkdtemp(join(tmpdir(), 'wechatpay-edge-'));
  const gateway = await start();
  const receiver = await startReceiver();
  const port = await freePort();
  const vars = {
    ORDER_SECRET: 'the order secret of two versions of a Worker',
    ADMIN_TOKEN,
    WEBHOOK_URL: receiver.url,
    WEBHOOK_SECRET,
  };
  let worker;
  const stop = async () => {
    await worker?.stop();
    worker = undefined;
  };
  const run = async ({ edge, objects }) => {
    await stop();
    const split = { edge: await modules(edge), objects: await modules(objects) };
    // Refunds need the certificate's binding.
    worker = await startWorker({ gateway, storage, port, vars, split, platform: BACK_OFFICE.platform });
    return { worker, shop: new Shop(worker), office: new BackOffice(worker) };
  };
  try {
    return await play({ gateway, receiver, run, stop, stored: () => storedOrders(storage) });
  } finally {
    try {
      await stop();
    } finally {
      await receiver.stop();
      await gateway.stop();
      await rm(storage, { recursive: true, force: true });
    }
  }
}

/** What the objects of stopped Workers have stored, by order number: `{ snapshot, version, armed }`. */
async function storedOrders(storage) {
  const folder = join(storage, 'do', 'objects-OrderObject');
  const all = new Map();
  for (const name of (await readdir(folder)).filter((each) => each.endsWith('.sqlite') && each !== 'metadata.sqlite')) {
    const database = new DatabaseSync(join(folder, name));
    // An object that was only asked about an order has no tables.
    const hasOrder = database.prepare("SELECT count(*) AS tables FROM sqlite_master WHERE name = 'snapshot'").get().tables === 1;
    const snapshot = hasOrder ? database.prepare('SELECT json FROM snapshot').get()?.json : undefined;
    const armed = hasOrder && database.prepare('SELECT count(*) AS alarms FROM _cf_METADATA WHERE key = 1').get().alarms === 1;
    database.close();
    if (!snapshot) continue;
    const { v: version, order } = JSON.parse(snapshot);
    all.set(order.terms.out_trade_no, { snapshot, version, armed });
  }
  return all;
}
