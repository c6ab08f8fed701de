// The built Worker on a platform that a soak controls: its clock goes faster and jumps, its index is slow or down, its objects
// are thrown out. One module is put in front of the build, which contains nothing of this.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { WORKER_BUILD } from '../support/project.mjs';

/** The Worker's clock was right at `since` and goes `speed` times faster. It outlives a kill. */
const front = ({ since, speed }) => `
import worker, { OrderObject as Real } from './index.js';

const realNow = Date.now.bind(Date);
const is = { jumpMs: 0, index: { slowMs: 0, isDown: false }, made: 0, gone: 0 };
Date.now = () => Math.trunc(${since} + (realNow() - ${since}) * ${speed} + is.jumpMs);

// Alarms ring by the platform's clock: a whole millisecond of it, and never too early.
let isMapped = false;
function mapAlarms(storage) {
  if (isMapped) return;
  const kind = Object.getPrototypeOf(storage);
  const { setAlarm } = kind;
  kind.setAlarm = function (at, ...rest) {
    return setAlarm.call(this, realNow() + Math.max(0, Math.ceil((Number(at) - Date.now()) / ${speed})) + 1, ...rest);
  };
  isMapped = true;
}

const alive = new Set();
const collected = new FinalizationRegistry((state) => {
  is.gone += 1;
  alive.delete(state);
});

async function gate() {
  if (is.index.slowMs > 0) await new Promise((over) => setTimeout(over, is.index.slowMs));
  if (is.index.isDown) throw new Error('the index is down');
}

// The Worker knows the binding by this name.
class D1Database {
  constructor(real) {
    this.real = real;
  }
  prepare(sql) {
    return new Statement(this.real.prepare(sql));
  }
  async batch(statements) {
    await gate();
    return this.real.batch(statements.map(({ real }) => real));
  }
}

class Statement {
  constructor(real) {
    this.real = real;
  }
  bind(...values) {
    return new Statement(this.real.bind(...values));
  }
  async run() {
    await gate();
    return this.real.run();
  }
  async all() {
    await gate();
    return this.real.all();
  }
}

export class OrderObject extends Real {
  constructor(state, env) {
    mapAlarms(state.storage);
    super(state, { ...env, INDEX: new D1Database(env.INDEX) });
    is.made += 1;
    const weak = new WeakRef(state);
    alive.add(weak);
    collected.register(this, weak);
  }
}

export default {
  ...worker,
  async fetch(request, env, context) {
    if (!request.url.endsWith('/of-the-soak')) return worker.fetch(request, env, context);
    const { evict = 0, index, jumpMs } = await request.json();
    if (index) is.index = { ...is.index, ...index };
    if (jumpMs !== undefined) is.jumpMs = jumpMs;
    const all = [...alive];
    for (let times = 0; times < evict && all.length > 0; times += 1) {
      const [weak] = all.splice(Math.floor(Math.random() * all.length), 1);
      alive.delete(weak);
      try {
        weak.deref()?.abort('thrown out by the soak');
      } catch {
        // It was gone already.
      }
    }
    return Response.json({ alive: is.made - is.gone, now: Date.now() });
  },
};
`;

/** Miniflare's options for it. */
export async function soakedPlatform(clock) {
  const at = (name) => join(WORKER_BUILD, name);
  return {
    modules: [
      { type: 'ESModule', path: at('soaked.mjs'), contents: front(clock) },
      { type: 'ESModule', path: at('index.js'), contents: await readFile(at('index.js')) },
      { type: 'CompiledWasm', path: at('index_bg.wasm'), contents: await readFile(at('index_bg.wasm')) },
    ],
  };
}
