// WebSockets: the handshake with right and wrong tokens, and the frames after it.

import { anOddText } from './mangle.mjs';
import { inHeader } from './shop-requests.mjs';

const [MORE, TEXT, BINARY, CLOSE, PING, PONG] = [0, 1, 2, 8, 9, 10];

/** `GET /api/orders/{id}/live`, and frames for the case that it opens. */
export function aSocket(random, world) {
  const { id, token } = random.pick([...world.victims, ...world.kept]);
  const protocols = random.weighted([
    [7, () => `wechat-pay.v1, token.${token}`],
    [1, () => `token.${token}`],
    [1, () => `wechat-pay.v1, token.${random.text(32)}`],
    [1, () => 'wechat-pay.v1'],
    [1, () => `wechat-pay.v9, token.${token}, token.${token}`],
    [1, () => inHeader(anOddText(random))],
  ])();
  return {
    method: 'GET',
    target: `/api/orders/${id}/live`,
    headers: [
      ['connection', random.pick(['Upgrade', 'Upgrade', 'keep-alive, upgrade'])],
      ['upgrade', random.percent(95) ? 'websocket' : inHeader(anOddText(random))],
      ['sec-websocket-version', random.percent(95) ? '13' : random.pick(['8', '99', ''])],
      ['sec-websocket-key', random.percent(95) ? random.bytes(16).toString('base64') : inHeader(anOddText(random))],
      ...(random.percent(95) ? [['sec-websocket-protocol', protocols]] : []),
      ...(random.percent(10) ? [['sec-websocket-extensions', 'permessage-deflate']] : []),
    ],
    framing: 'none',
    frames: Array.from({ length: 1 + random.below(6) }, () => someFrame(random)).concat([frame(random, CLOSE, Buffer.from([3, 232]))]),
  };
}

function someFrame(random) {
  return random.weighted([
    [3, () => frame(random, TEXT, Buffer.from('ping'))],
    [3, () => frame(random, TEXT, Buffer.from(anOddText(random)))],
    [2, () => frame(random, BINARY, random.bytes(random.below(300)))],
    [2, () => frame(random, TEXT, random.bytes(20))],
    [1, () => Buffer.concat([frame(random, TEXT, Buffer.from('pi'), { fin: false }), frame(random, MORE, Buffer.from('ng'))])],
    [1, () => frame(random, TEXT, Buffer.from('never ended'), { fin: false })],
    [1, () => frame(random, MORE, Buffer.from('of nothing'))],
    [1, () => frame(random, TEXT, Buffer.alloc(random.pick([70_000, 1_048_577]), 'a'))],
    [1, () => frame(random, BINARY, Buffer.alloc(10), { length: random.pick([2 ** 31, 2 ** 40, 2 ** 53 - 1]) })],
    [1, () => frame(random, TEXT, Buffer.from('unmasked'), { mask: false })],
    [1, () => frame(random, random.pick([3, 7, 11, 15]), Buffer.from('reserved'))],
    [1, () => frame(random, TEXT, Buffer.from('bits'), { reserved: 0x70 })],
    [1, () => frame(random, random.pick([PING, PONG]), random.bytes(random.pick([0, 10, 125, 200])))],
    [1, () => frame(random, PING, Buffer.from('a'), { fin: false })],
    [1, () => frame(random, CLOSE, random.pick([Buffer.alloc(0), Buffer.from([1]), Buffer.from([0, 0]), Buffer.from([3, 237, 255]), Buffer.from([255, 255])]))],
    [1, () => random.bytes(1 + random.below(40))],
  ])();
}

/** A frame of a client. `length` is a length that lies. */
function frame(random, opcode, payload, { fin = true, mask = true, reserved = 0, length = payload.length } = {}) {
  const head = [(fin ? 0x80 : 0) | reserved | opcode];
  const bit = mask ? 0x80 : 0;
  if (length < 126) head.push(bit | length);
  else if (length < 65_536) head.push(bit | 126, length >> 8, length & 255);
  else head.push(bit | 127, ...[56n, 48n, 40n, 32n, 24n, 16n, 8n, 0n].map((by) => Number((BigInt(length) >> by) & 255n)));
  if (!mask) return Buffer.concat([Buffer.from(head), payload]);
  const key = random.bytes(4);
  return Buffer.concat([Buffer.from(head), key, payload.map((byte, at) => byte ^ key[at & 3])]);
}
