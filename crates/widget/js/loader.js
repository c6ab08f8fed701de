// Loads the code that decides and paints, once for all elements of the page: the wasm module or the fallback script. The
// fallback is used in three cases: the page's policy or Lockdown Mode forbids WebAssembly; the module does not load in
// time; or this script was not built with that module, because it is another version or was tampered with.

import { imports, paint as draw, Session, started } from 'widget-wasm';

import { optional, within } from './safe.js';

/** A file that takes longer counts as missing. */
const LOADED_WITHIN_MS = 10_000;

let loading;
let loaded;

/** The class of the session. Rejects with a `code` if neither the wasm nor the fallback can be loaded. */
export function loadSession() {
  loading ??= within(LOADED_WITHIN_MS, wasm())
    .catch(instead)
    .then(
      (its) => (loaded = its).Session,
      (error) => {
        loading = undefined; // the next start tries again
        throw error;
      },
    );
  return loading;
}

/** Integrity needs the whole file, so the module is not compiled while it loads. So the server's MIME type does not matter. */
async function wasm() {
  const response = await fetch(new URL('./wechat-pay_bg.wasm', import.meta.url).href, { integrity: WASM_INTEGRITY });
  const { instance } = await WebAssembly.instantiate(await response.arrayBuffer(), imports());
  started(instance);
  return { Session, paint: draw };
}

async function instead(reason) {
  const none = !globalThis.WebAssembly;
  const forbidden = !none && reason instanceof WebAssembly.CompileError;
  if (forbidden) optional(() => console.warn(`<wechat-pay> goes on without WebAssembly, which this page forbids; allow it by script-src 'wasm-unsafe-eval'.`));
  try {
    const { Session, paint } = await within(LOADED_WITHIN_MS, import('./wechat-pay-fallback.js'));
    if (!Session) throw new Error('wechat-pay-fallback.js is older than the script');
    return { Session, paint };
  } catch ({ message }) {
    throw { message, code: none || forbidden ? 'unsupported' : 'unloaded' };
  }
}

/** Draws the order's code as large as `room` device pixels allow. Returns the bitmap's side, or 0. */
export const paint = (canvas, order, room) => loaded.paint(canvas, order, room);
