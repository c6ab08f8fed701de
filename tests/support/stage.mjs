// The stage of a test: a gateway, the Worker in front of it, and a shopper. The Worker is stopped before the gateway.

import { after, before } from 'node:test';

import { startGateway } from './gateway/gateway.mjs';
import { aMerchant } from './gateway/merchant.mjs';
import { startSimulator } from './gateway/simulator.mjs';
import { Shop } from './shop/shop.mjs';
import { startWorker } from './worker/worker.mjs';

/** Both gateways, for scenarios that must work with each of them. */
export const GATEWAYS = [
  { name: 'the simulator', start: startSimulator },
  { name: 'the JavaScript gateway', start: startGateway },
];

/** Starts the three. `start` starts one of [`GATEWAYS`]; `merchant` has what is special about the merchant. */
export async function setStage({ start = startGateway, merchant, ...worker } = {}) {
  const gateway = await start({ merchant: aMerchant(merchant) });
  try {
    return await stageBefore(gateway, worker);
  } catch (error) {
    await gateway.stop();
    throw error;
  }
}

async function stageBefore(gateway, options) {
  const worker = await startWorker({ gateway, ...options });
  return {
    gateway,
    worker,
    shop: new Shop(worker),
    async stop() {
      try {
        await worker.stop();
      } finally {
        await gateway.stop();
      }
    },
  };
}

/**
 * Sets the stage for the tests of this file or suite, and clears it after them. The result has everything that [`setStage`]
 * gives once the tests run, and when `ready` is called. Options that can only be made at that time come from a function.
 * (`ready` is not a second `before`, because the `before` hooks of a file do not wait for each other.)
 */
export function onStage(options, ready) {
  const stage = {};
  before(async () => {
    Object.assign(stage, await setStage(typeof options === 'function' ? await options() : options));
    await ready?.();
  });
  after(() => stage.stop?.());
  return stage;
}
