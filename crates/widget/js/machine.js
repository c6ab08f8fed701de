// The wasm module, loaded once for all elements of the page.

import init, { paint, Payment } from 'widget-wasm';

let loading;

/** The session machine's class; rejects when the wasm cannot be had or the page's CSP forbids it. */
export function loadMachine() {
  loading ??= init({ module_or_path: new URL('wechat-pay_bg.wasm', import.meta.url) }).then(
    () => Payment,
    (error) => {
      loading = undefined; // the next start tries again
      throw error;
    },
  );
  return loading;
}

export { paint };
