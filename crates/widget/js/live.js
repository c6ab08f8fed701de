// The order's WebSocket. The Worker pushes every change through it. A dead connection looks like a silent one; a pulse
// distinguishes them. The Worker answers the pulse without waking the order.

import { optional } from './safe.js';

const PULSE_MS = 20_000;

/**
 * Opens the socket.
 * @param {(up: boolean) => void} up called with true when it is open, and once with false when it ended
 * @param {(order: object) => void} pushed called with every view of the order
 * @returns {() => void} ends it; afterwards neither is called
 */
export function watch({ endpoint }, id, token, up, pushed) {
  const address = `${endpoint}/api/orders/${id}/live`.replace('http', 'ws'); // older browsers do not take http here
  const socket = new WebSocket(address, ['wechat-pay.v1', `token.${token}`]);
  let alive = true;
  const pulse = setInterval(() => {
    if (!alive) return socket.onclose();
    alive = false;
    if (socket.readyState === 1) socket.send('ping');
  }, PULSE_MS);
  const end = () => {
    clearInterval(pulse);
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  };
  socket.onopen = () => up(true);
  socket.onclose = () => {
    end();
    up(false);
  };
  socket.onmessage = ({ data }) => {
    alive = true;
    const order = optional(() => JSON.parse(data)); // `pong` is not JSON
    if (order) pushed(order);
  };
  return end;
}
