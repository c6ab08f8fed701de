// The merchant of the tests. Every value is invented.

import { randomBytes } from 'node:crypto';

import { CATALOG } from '../shop/catalog.mjs';

/** A merchant with its own key, which settles in the catalogue's currency. `changes` overrides any of it. */
export function aMerchant(changes = {}) {
  return {
    appid: 'wx5c1f9e2a7d3b6048',
    mchId: '1634117205',
    key: randomBytes(16).toString('hex'),
    signType: 'HMAC-SHA256',
    feeType: CATALOG.currency,
    ...changes,
  };
}
