// What decides and paints, loaded once for all elements of the page: the wasm module, or where a page's
// policy or Lockdown Mode forbids WebAssembly, the small script that takes its place. So it does when the
// module is not the one this script was built with: another version's, or one that was tampered with.

import init, { paint as draw, Payment } from 'widget-wasm';

let loading;
let machine;

/** The session machine's class; rejects when neither can be had. */
export function loadMachine() {
  loading ??= init({ module_or_path: fetch(new URL('./wechat-pay_bg.wasm', import.meta.url), { integrity: WASM_INTEGRITY }) })
    .then(
      () => ({ Payment, paint: (canvas, order, room) => draw(canvas, order.code_url, room) }),
      () => import('./wechat-pay-fallback.js'),
    )
    .then(
      (loaded) => (machine = loaded).Payment,
      (error) => {
        loading = undefined; // the next start tries again
        throw error;
      },
    );
  return loading;
}

/** Draws the order's code, as large as `room` device pixels allow; the bitmap's side, or 0. */
export const paint = (canvas, order, room) => machine.paint(canvas, order, room);
