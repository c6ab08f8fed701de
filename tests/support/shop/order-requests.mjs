// What a request asks of an order, in one word, judged by its method and path.

/** `place`, `look`, `cancel` or `socket`. Undefined for a request that is not about an order, and for a CORS preflight. */
export function orderRequest(method, path) {
  const [, api, orders, id, action] = path.split('?')[0].split('/');
  if (api !== 'api' || orders !== 'orders' || method === 'OPTIONS') return undefined;
  if (action === 'live') return 'socket';
  return action ?? (id ? 'look' : 'place');
}
