// The wasm module, loaded once for all elements of the page.

import * as glue from 'widget-wasm';

const { Payment, paint } = glue;

let loading;

/** The session machine's class; rejects when the wasm cannot be had or the page's CSP forbids it. */
export function loadMachine() {
  loading ??= load().catch((error) => {
    loading = undefined; // the next start tries again
    throw error;
  });
  return loading;
}

async function load() {
  const file = fetch(new URL('wechat-pay_bg.wasm', import.meta.url));
  const { instance } = await WebAssembly.instantiateStreaming(file, { './wechat-pay_bg.js': glue });
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return Payment;
}

export { paint };
