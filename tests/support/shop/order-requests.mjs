// What a request asks of an order, in a word, by its method and path.

/** `place`, `look`, `cancel` or `socket`; undefined for what is about no order, and for the question whether one may ask. */
export function orderRequest(method, path) {
  const [, api, orders, id, action] = path.split('?')[0].split('/');
  if (api !== 'api' || orders !== 'orders' || method === 'OPTIONS') return undefined;
  if (action === 'live') return 'socket';
  return action ?? (id ? 'look' : 'place');
}
