// Two versions of the Worker over one storage and one index: the bundle of the last release, and the one built now. The
// edge (the routes) and the objects (the orders) are two processes of the platform's, as they are while a deployment is
// under way, and each can be of either version.

import { readFile } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

import { ADMIN_TOKEN, BACK_OFFICE, BackOffice } from './back-office.mjs';
import { freePort } from './free-port.mjs';
import { ROOT, WORKER_BUILD } from './project.mjs';
import { Shop } from './shop.mjs';
import { startSimulator } from './simulator.mjs';
import { WEBHOOK_SECRET, startReceiver } from './webhook-receiver.mjs';
import { startWorker } from './worker.mjs';

/** The release that `OLD` is (see tests/releases/README.md). */
const LAST_RELEASE = '0.1.0';

/** The bundle of the last release. */
export const OLD = 'old';
/** The bundle that is built now. */
export const NEW = 'new';

/** The two files of this version, as Miniflare takes them. */
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

/**
 * Plays over one storage: `run({ edge, objects })` ends what ran before and starts these versions, and gives
 * `{ worker, shop, office }`. The gateway and the receiver of webhooks outlive them. `start` is how the gateway starts.
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
    worker = await startWorker({ gateway, storage, port, vars, split: { edge: await modules(edge), objects: await modules(objects) }, ...BACK_OFFICE_PLATFORM });
    return { worker, shop: new Shop(worker), office: new BackOffice(worker) };
  };
  try {
    return await play({ gateway, receiver, run, stop });
  } finally {
    await stop();
    await receiver.stop();
    await gateway.stop();
    await rm(storage, { recursive: true, force: true });
  }
}

/** Refunds need the certificate's binding in both halves. */
const BACK_OFFICE_PLATFORM = { platform: BACK_OFFICE.platform };
