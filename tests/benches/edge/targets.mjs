// What can be measured, by name.

import { peer } from './targets/peer.mjs';
import { worker } from './targets/worker.mjs';

export const TARGETS = ['peer', 'floor', 'floor-rpc', 'worker'];

/**
 * A target for this merchant. It says how its Worker is started (`modules`, `className`, `compatibilityDate`,
 * `compatibilityFlags`, `vars`, `options`), what is sent to it (`create`, `look`, `notify`) and which answers are right.
 */
export async function target(name, merchant, options) {
  switch (name) {
    case 'worker':
      return worker(merchant, options);
    // As idiomatic as it gets.
    case 'peer':
      return peer(merchant, { ...options, name, link: 'rpc' });
    // The floor of a Worker that asks its objects by a request, as ours does, and of one that calls them by RPC.
    case 'floor':
      return peer(merchant, { ...options, name, link: 'fetch', checks: false });
    case 'floor-rpc':
      return peer(merchant, { ...options, name, link: 'rpc', checks: false });
    default:
      throw new Error(`no such target: ${name}`);
  }
}
