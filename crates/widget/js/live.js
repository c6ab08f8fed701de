// The order's WebSocket, by which the Worker pushes every change. A connection that has silently died looks
// like one on which nothing happens, so a pulse tells them apart; the Worker answers it in its sleep.

import { optional } from './safe.js';

const PULSE_MS = 20_000;

/**
 * Opens the socket.
 * @param {(up: boolean) => void} up hears that it is open, and once that it is over
 * @param {(order: object) => void} pushed hears every view
 * @returns {() => void} ends it; nothing is heard afterwards
 */
export function watch({ endpoint }, id, token, up, pushed) {
  const address = `${endpoint}/api/orders/${id}/live`.replace('http', 'ws'); // older browsers take no http here
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
    const order = optional(() => JSON.parse(data)); // `pong` is none
    if (order) pushed(order);
  };
  return end;
}
