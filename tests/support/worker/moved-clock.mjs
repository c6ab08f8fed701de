// The built Worker with a clock that a test moves forward. The build contains nothing of this.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { WORKER_BUILD } from '../project.mjs';
import { setStage } from '../stage.mjs';

const FRONT = `
import worker, { OrderObject as Real } from './index.js';
const now = Date.now.bind(Date);
let aheadMs = 0;
Date.now = () => now() + aheadMs;
// Alarms ring by the platform's clock, which does not move.
let isMapped = false;
export class OrderObject extends Real {
  constructor(state, env) {
    if (!isMapped) {
      isMapped = true;
      const kind = Object.getPrototypeOf(state.storage);
      const { setAlarm } = kind;
      kind.setAlarm = function (at, ...rest) {
        return setAlarm.call(this, Math.max(now(), Number(at) - aheadMs), ...rest);
      };
    }
    super(state, env);
  }
}
export default {
  ...worker,
  async fetch(request, env, context) {
    if (!request.url.endsWith('/of-the-test/clock')) return worker.fetch(request, env, context);
    aheadMs += Number(await request.text());
    return new Response();
  },
};
`;

/** The modules of the built Worker with that clock, in the form that Miniflare takes. */
export async function modulesWithClock() {
  const at = (name) => join(WORKER_BUILD, name);
  return [
    { type: 'ESModule', path: at('moved-clock.mjs'), contents: FRONT },
    { type: 'ESModule', path: at('index.js'), contents: await readFile(at('index.js')) },
    { type: 'CompiledWasm', path: at('index_bg.wasm'), contents: await readFile(at('index_bg.wasm')) },
  ];
}

/** Moves the clock of a Worker that has these modules forward. */
export async function goAhead(worker, ms) {
  await fetch(`${worker.url}/of-the-test/clock`, { method: 'POST', body: String(ms) });
}

/** A stage whose Worker has a clock that `stage.goAhead(ms)` moves forward. */
export async function setStageWithClock(options = {}) {
  const stage = await setStage({ ...options, platform: { ...options.platform, modules: await modulesWithClock() } });
  let aheadMs = 0;
  return {
    ...stage,
    /** How far ahead it is. */
    get aheadMs() {
      return aheadMs;
    },
    goAhead: async (ms) => {
      aheadMs += ms;
      await goAhead(stage.worker, ms);
    },
  };
}
