// Which request comes next.

import { aNotification, aRefundNotification } from './notifications.mjs';
import { Random } from './random.mjs';
import { aBrokenRequest, anOddHead } from './shapes.mjs';
import { aCheckout, aPlacing, anAsking, anOfficeRequest } from './shop-requests.mjs';
import { aSocket } from './sockets.mjs';

/** How many of a hundred requests are of a kind. */
const KINDS = [
  [30, 'notification', aNotification],
  [5, 'refund notification', aRefundNotification],
  [20, 'placing', aPlacing],
  [12, 'asking', anAsking],
  [12, 'checkout', aCheckout],
  [10, 'office', anOfficeRequest],
  [6, 'odd head', anOddHead],
  [3, 'broken', aBrokenRequest],
  [2, 'socket', aSocket],
];

/** The request of this number in the run of this seed. `only` is the one kind of requests that there is then. */
export function requestAt(seed, at, world, only) {
  const random = Random.of(seed, at);
  const kinds = only ? KINDS.filter(([, kind]) => kind === only) : KINDS;
  if (kinds.length === 0) throw new Error(`no requests are of the kind ${only}: ${KINDS.map(([, kind]) => kind).join(', ')}`);
  const [kind, make] = random.weighted(kinds.map(([weight, ...rest]) => [weight, rest]));
  const request = { kind, ...make(random, world) };
  const isHosted = request.headers.some(([name]) => name === 'host');
  return isHosted ? request : { ...request, headers: [['host', 'shop.example'], ...request.headers] };
}
