// The built Worker with traps put into it from outside: a call of its wasm to the platform ends in a wasm trap instead. The
// trap is real and runs through the Worker's own frames. The build contains nothing of this.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { WORKER_BUILD } from '../project.mjs';
import { setStage } from '../stage.mjs';

/** A module that exports `trap`, whose only instruction is `unreachable`. */
const TRAP_WASM = Uint8Array.from([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // header
  0x01, 0x04, 0x01, 0x60, 0x00, 0x00, // type: () -> ()
  0x03, 0x02, 0x01, 0x00, // one function of it
  0x07, 0x08, 0x01, 0x04, 0x74, 0x72, 0x61, 0x70, 0x00, 0x00, // exported as "trap"
  0x0a, 0x05, 0x01, 0x03, 0x00, 0x00, 0x0b, // its body
]);

/** Evaluated before the Worker: each function that a new instance imports first checks whether it must trap. */
const PRELUDE = `
import trap from './trap.wasm';
const planned = [];
const instances = { made: 0 };
const hit = [];
const text = (memory, pointer, length) => new TextDecoder().decode(new Uint8Array(memory.buffer, pointer >>> 0, length >>> 0));
function words(memory, values) {
  const all = [];
  values.forEach((value, at) => {
    const next = values[at + 1];
    if (typeof value === 'number' && typeof next === 'number' && (value >>> 0) + (next >>> 0) <= memory.buffer.byteLength && next < 4096) all.push(text(memory, value, next));
    else if (typeof value?.url === 'string') all.push(value.url);
    else if (typeof value?.body === 'string') all.push(value.body);
  });
  return all.join(' ');
}
function watched(name, original, holder) {
  return (...values) => {
    if (planned.length > 0) {
      const said = words(holder.memory, values);
      const at = planned.findIndex(({ call, about }) => call === name && about.every((word) => said.includes(word)));
      if (at >= 0) {
        const plan = planned[at];
        if (plan.after > 0) {
          plan.after -= 1;
        } else {
          planned.splice(at, 1);
          hit.push(name);
          if (plan.how === 'error') throw new Error('refused by the test');
          new Instance(trap, {}).exports.trap();
        }
      }
    }
    return original(...values);
  };
}
const { Instance } = WebAssembly;
WebAssembly.Instance = function (module, imports) {
  instances.made += 1;
  const holder = {};
  const all = {};
  for (const [from, functions] of Object.entries(imports)) {
    all[from] = {};
    for (const [name, value] of Object.entries(functions)) {
      const plain = /^__wbg_(.*)_[0-9a-f]{16}$/.exec(name)?.[1];
      all[from][name] = plain ? watched(plain, value, holder) : value;
    }
  }
  const instance = new Instance(module, all);
  holder.memory = instance.exports.memory;
  return instance;
};
export { planned, instances, hit };
`;

/** The entry of the test: the Worker's own entry, and a route that says which call must trap. */
const MAIN = `
import { planned, instances, hit } from './prelude.mjs';
import worker, { OrderObject } from './index.js';
export { OrderObject };
export default {
  ...worker,
  async fetch(request, env, context) {
    if (!request.url.endsWith('/of-the-test/traps')) return worker.fetch(request, env, context);
    if (request.method === 'POST') planned.push(await request.json());
    return Response.json({ planned, hit, instances: instances.made });
  },
};
`;

/** A stage whose Worker traps as `worker.trapNext` says. */
export async function setTrappingStage(options = {}) {
  const at = (name) => join(WORKER_BUILD, name);
  const modules = [
    { type: 'ESModule', path: at('main.mjs'), contents: MAIN },
    { type: 'ESModule', path: at('prelude.mjs'), contents: PRELUDE },
    { type: 'ESModule', path: at('index.js'), contents: await readFile(at('index.js')) },
    { type: 'CompiledWasm', path: at('index_bg.wasm'), contents: await readFile(at('index_bg.wasm')) },
    { type: 'CompiledWasm', path: at('trap.wasm'), contents: TRAP_WASM },
  ];
  const stage = await setStage({ ...options, platform: { ...options.platform, modules } });
  const url = `${stage.worker.url}/of-the-test/traps`;
  return {
    ...stage,
    /**
     * The wasm traps the next time that it makes this call with all of these words in its arguments. `after` lets so many
     * such calls pass first. With `how: 'error'` the platform throws instead. An error that the caller does not expect
     * leaves the wasm, or makes the crate `worker` panic.
     */
    async trapNext(call, about = [], { how = 'trap', after = 0 } = {}) {
      const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ call, about, how, after }) });
      if (!answer.ok) throw new Error(await answer.text());
    },
    /** `{ planned, hit, instances }`: the traps to come, the traps that happened, the number of instances so far. */
    async traps() {
      return (await fetch(url)).json();
    },
  };
}
