// The built Worker, which tells how many halves of orders were made and freed, and throws all objects out when it is told to.
// The build contains nothing of this.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { WORKER_BUILD } from '../project.mjs';

const PRELUDE = `
/** Objects in JavaScript that were made and that V8 has collected, and Rust halves that were freed. */
export const counts = { made: 0, gone: 0, freed: 0 };
const { Instance } = WebAssembly;
WebAssembly.Instance = function (module, imports) {
  const { exports } = new Instance(module, imports);
  const free = (...all) => {
    counts.freed += 1;
    return exports.__wbg_orderobject_free(...all);
  };
  return { exports: { ...exports, __wbg_orderobject_free: free } };
};
`;

const MAIN = `
import { counts } from './prelude.mjs';
import worker, { OrderObject as Real } from './index.js';

const collected = new FinalizationRegistry(() => (counts.gone += 1));
/** How each living object is thrown out. */
const exits = new Set();

export class OrderObject extends Real {
  constructor(state, env) {
    super(state, env);
    counts.made += 1;
    collected.register(this, 1);
    exits.add(() => state.abort('thrown out by the test'));
  }
}
export default {
  ...worker,
  async fetch(request, env, context) {
    const { pathname } = new URL(request.url);
    if (pathname === '/of-the-test/freed') return Response.json(counts);
    if (pathname !== '/of-the-test/throw-out') return worker.fetch(request, env, context);
    for (const exit of exits) exit();
    exits.clear();
    return new Response();
  },
};
`;

/** Miniflare's options for it. */
export async function freedOrders() {
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
