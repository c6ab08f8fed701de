// The built Worker on a platform that a soak controls: its clock goes faster and jumps, its index is slow or down, its objects
// are thrown out. One module is put in front of the build, which contains nothing of this.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { WORKER_BUILD } from '../support/project.mjs';
import { FRONTED_INDEX } from '../support/worker/fronted-index.mjs';

/** The Worker's clock was right at `since` and goes `speed` times faster. It outlives a kill. */
const front = ({ since, speed }) => `
import worker, { OrderObject as Real } from './index.js';

const realNow = Date.now.bind(Date);
const is = { jumpMs: 0, index: { slowMs: 0, isDown: false }, evictOneIn: 0, evicted: 0 };
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

/** An object can only be thrown out by itself: a moment later, in the middle of what it was called for. */
function perhapsThrowOut(state) {
  if (is.evictOneIn === 0 || Math.random() * is.evictOneIn >= 1) return;
  setTimeout(() => {
    is.evicted += 1;
    state.abort('thrown out by the soak');
  }, Math.random() * 20);
}

async function gate() {
  if (is.index.slowMs > 0) await new Promise((over) => setTimeout(over, is.index.slowMs));
  if (is.index.isDown) throw new Error('the index is down');
}

${FRONTED_INDEX}
export class OrderObject extends Real {
  constructor(state, env) {
    mapAlarms(state.storage);
    super(state, withFrontedIndex(env, { before: gate }));
    this.stateOfTheSoak = state;
  }
}
for (const name of Object.getOwnPropertyNames(Real.prototype).filter((each) => each !== 'constructor')) {
  OrderObject.prototype[name] = function (...given) {
    perhapsThrowOut(this.stateOfTheSoak);
    return Real.prototype[name].apply(this, given);
  };
}

export default {
  ...worker,
  async fetch(request, env, context) {
    if (!request.url.endsWith('/of-the-soak')) return worker.fetch(request, env, context);
    const { index, ...others } = await request.json();
    Object.assign(is.index, index);
    Object.assign(is, others);
    return Response.json({ evicted: is.evicted });
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
