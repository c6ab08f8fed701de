// What can be measured, by name.

import { peer } from './targets/peer.mjs';
import { worker } from './targets/worker.mjs';

export const TARGETS = ['peer', 'floor', 'floor-rpc', 'worker', 'peer-v3', 'worker-v3'];

/**
 * A target for this merchant. It says how its Worker is started (`modules`, `className`, `compatibilityDate`,
 * `compatibilityFlags`, `vars`, `options`), what is sent to it (`create`, `look`, `notify`, and the messages of its API) and
 * which answers are right.
 */
export async function target(name, merchant, options) {
  switch (name) {
    case 'worker':
      return worker(merchant, { ...options, name, api: 'v2' });
    case 'worker-v3':
      return worker(merchant, { ...options, name, api: 'v3' });
    // As idiomatic as it gets.
    case 'peer':
      return peer(merchant, { ...options, name, link: 'rpc' });
    case 'peer-v3':
      return peer(merchant, { ...options, name, api: 'v3', link: 'rpc' });
    // The floor of a Worker that asks its objects by a request, as ours does, and of one that calls them by RPC.
    case 'floor':
      return peer(merchant, { ...options, name, link: 'fetch', checks: false });
    case 'floor-rpc':
      return peer(merchant, { ...options, name, link: 'rpc', checks: false });
    default:
      throw new Error(`no such target: ${name}`);
  }
}
