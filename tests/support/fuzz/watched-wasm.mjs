// The built Worker, which tells how much memory its wasm has. The build contains nothing of this.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { WORKER_BUILD } from '../project.mjs';

const PRELUDE = `
const made = [];
const { Instance } = WebAssembly;
WebAssembly.Instance = function (module, imports) {
  const instance = new Instance(module, imports);
  made.push(instance);
  return instance;
};
export const told = () => ({ instances: made.length, bytes: made.at(-1)?.exports.memory.buffer.byteLength ?? 0 });
`;

const MAIN = `
import { told } from './prelude.mjs';
import worker, { OrderObject } from './index.js';
export { OrderObject };
export default {
  ...worker,
  async fetch(request, env, context) {
    return request.url.endsWith('/of-the-test/memory') ? Response.json(told()) : worker.fetch(request, env, context);
  },
};
`;

/** Miniflare's options for it. */
export async function watchedWasm() {
  const at = (name) => join(WORKER_BUILD, name);
  return {
    modules: [
      { type: 'ESModule', path: at('main.mjs'), contents: MAIN },
      { type: 'ESModule', path: at('prelude.mjs'), contents: PRELUDE },
      { type: 'ESModule', path: at('index.js'), contents: await readFile(at('index.js')) },
      { type: 'CompiledWasm', path: at('index_bg.wasm'), contents: await readFile(at('index_bg.wasm')) },
    ],
  };
}
