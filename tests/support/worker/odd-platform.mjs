// A platform that behaves oddly under the order objects of the real Worker: a slow index, an alarm that cannot be set, an
// object that does not answer. One module is put in front of the built Worker. The Worker itself is the one that ships.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { WORKER_BUILD } from '../project.mjs';
import { BUT } from './but.mjs';
import { FRONTED_INDEX } from './fronted-index.mjs';

/** The module in front: among other things, a gate in front of the index. Each statement of an order object waits there. */
const FRONT = `
import Worker, { OrderObject as Real } from './index.js';

${FRONTED_INDEX}${BUT}
export class OrderObject extends Real {
  #gate;

  constructor(state, env) {
    const odd = env.INDEX_GATE ? withFrontedIndex(env, { before: (sql) => env.INDEX_GATE.fetch('http://index-gate/', { method: 'POST', body: sql }) }) : env;
    let alarms = Number(env.MAX_ALARMS ?? Infinity);
    let failing = Number(env.FAILING_ALARMS ?? 0);
    const { storage } = state;
    const setAlarm = (at) => {
      if (alarms-- <= 0 || failing-- > 0) throw new Error('no alarm can be set');
      return storage.setAlarm(at);
    };
    Object.defineProperty(state, 'storage', { value: but(storage, { setAlarm }) });
    super(state, odd);
    this.#gate = env.OBJECT_GATE;
  }

  async fetch(request) {
    await this.#pass(new URL(request.url).pathname);
    return super.fetch(request);
  }

  async ask(path, ...question) {
    await this.#pass(path);
    return super.ask(path, ...question);
  }

  async #pass(path) {
    const passed = await this.#gate?.fetch('http://object-gate' + path);
    if (passed && !passed.ok) throw new Error('the object fails');
  }
}
export default Worker;
`;

/**
 * Miniflare's options for it. `gate` is called with the first statement before each access of an object to the index; the
 * access waits for its promise. `ask` is called with the path before each request to an object; if it throws, the request
 * fails. The variable `MAX_ALARMS` is how many alarms an object can set before setting one fails. `FAILING_ALARMS` is how
 * many fail first.
 */
export async function oddPlatform({ gate, ask, serviceBindings = {} } = {}) {
  const path = (name) => join(WORKER_BUILD, name);
  return {
    modules: [
      { type: 'ESModule', path: path('odd-platform.mjs'), contents: FRONT },
      { type: 'ESModule', path: path('index.js'), contents: await readFile(path('index.js')) },
      { type: 'CompiledWasm', path: path('index_bg.wasm'), contents: await readFile(path('index_bg.wasm')) },
    ],
    serviceBindings: {
      ...serviceBindings,
      ...(gate && { INDEX_GATE: async (request) => (await gate(await request.text()), new Response('pass')) }),
      ...(ask && { OBJECT_GATE: async ({ url }) => (await ask(new URL(url).pathname), new Response('pass')) }),
    },
  };
}

/** A gate that lets nobody through before it is opened, and counts who waits at it. */
export class Gate {
  waiting = 0;
  passed = 0;
  #opened = Promise.withResolvers();

  /** The function that an index behind the gate waits for. */
  pass = async () => {
    this.waiting += 1;
    await this.#opened.promise;
    this.waiting -= 1;
    this.passed += 1;
  };

  /** Opens the gate: from now on everybody passes. */
  open() {
    this.#opened.resolve();
  }
}
