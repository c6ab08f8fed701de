// What the Worker's JavaScript does when its wasm traps: which calls are given up, when there is a new instance, and when an
// order resumes its work. This runs without workerd and with a fake instead of the wasm.

import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import { afterEach, beforeEach, describe, test } from 'node:test';

const JS = new URL('../../crates/edge/js/', import.meta.url);
/** What the entry imports that is not a file of its own, by the names by which it does. */
registerHooks({
  resolve: (name, context, next) => (FAKES[name] ? { url: `fake:${name}`, format: 'module', shortCircuit: true } : next(name, context)),
  load: (url, context, next) =>
    url.startsWith('fake:') ? { format: 'module', shortCircuit: true, source: FAKES[url.slice('fake:'.length)] } : next(url, context),
});
const FAKES = {
  'cloudflare:workers': 'export class DurableObject {}',
  'edge-wasm': `
export const { __wbg_reset_state, prepare, fetch, scheduled, lost } = Object.fromEntries(
  ['__wbg_reset_state', 'prepare', 'fetch', 'scheduled', 'lost'].map((name) => [name, (...all) => globalThis.wasm[name](...all)]),
);
export const OrderObject = function (...all) { return globalThis.wasm.order(...all); };
`,
};

/** What a call comes to that its instance has not ended. */
const lost = () => 'lost';

const aTrap = () => new WebAssembly.RuntimeError('unreachable');
const HOUR_MS = 3_600_000;

/** The listeners that the platform calls for uncaught errors. */
let uncaught;
let errors;
const { error } = console;
beforeEach(() => {
  uncaught = {};
  errors = [];
  globalThis.addEventListener = (name, heard) => (uncaught[name] = heard);
  console.error = (line) => errors.push(line);
});
afterEach(() => (console.error = error));

describe('an instance', async () => {
  const { nextLook } = await import(new URL('look.mjs', JS));
  let copies = 0;
  let renewed, instance;
  beforeEach(async () => {
    renewed = 0;
    // Each test loads its own copy of the module, because the module remembers which instance is alive.
    instance = await import(new URL(`instance.mjs?${(copies += 1)}`, JS));
    instance.replaceBy(() => (renewed += 1));
  });

  test('that traps gives up every call that runs, whosever it was, and the next call has a new one', async () => {
    const { instanceNumber, within } = instance;
    const waiting = within(() => new Promise(() => {}), lost);
    const trapped = within(() => Promise.reject(aTrap()), lost);
    assert.deepEqual([await waiting, await trapped], ['lost', 'lost']);
    assert.deepEqual([renewed, instanceNumber()], [1, 1]);
    assert.equal(await within(async () => 'as ever', lost), 'as ever');
    assert.equal(renewed, 1);
  });

  test('answers at once what needs no waiting, and a call that traps at once is lost like any other', async () => {
    const { within } = instance;
    assert.equal(within(() => 'as ever', lost), 'as ever');
    const trapped = within(() => {
      throw aTrap();
    }, () => `lost, and ${renewed} new instance`);
    assert.equal(await trapped, 'lost, and 1 new instance', 'what is lost is answered by the new instance');
    const refused = new Error('the platform refused');
    const call = () => {
      throw refused;
    };
    assert.throws(() => within(call, lost), refused);
  });

  test('that says by itself that it has trapped is replaced when its frames are gone', async () => {
    const { trapped, within } = instance;
    const call = within(async () => {
      trapped();
      assert.equal(renewed, 0, 'its frames are still on the stack');
      await new Promise(() => {});
    }, lost);
    assert.equal(await call, 'lost');
    assert.equal(renewed, 1);
  });

  test('lives on after an ordinary error, which its caller gets', async () => {
    const refused = new Error('the platform refused');
    await assert.rejects(instance.within(() => Promise.reject(refused), lost), refused);
    assert.deepEqual([renewed, instance.instanceNumber(), errors], [0, 0, []]);
  });

  test('whose trap nobody caught is replaced, too, and the log says where it trapped, once', async () => {
    uncaught.unhandledrejection({ reason: aTrap() });
    await null;
    assert.equal(renewed, 1);
    assert.equal(errors.length, 1);
    assert.match(errors[0], /^the Worker trapped: RuntimeError: unreachable\n +at /);
  });

  test('that cannot be replaced gives up its calls, and the next call tries again', async () => {
    let fails = true;
    instance.replaceBy(() => {
      if (fails) throw new Error('no memory');
      renewed += 1;
    });
    assert.equal(await instance.within(() => Promise.reject(aTrap()), lost), 'lost');
    assert.match(errors.at(-1), /could not be started again: Error: no memory/);
    fails = false;
    assert.equal(await instance.within(async () => 'as ever', lost), 'as ever');
    assert.equal(renewed, 1);
  });

  test('of an order that traps again and again is left alone for twice as long each time, and for an hour at most', () => {
    const pauses = [];
    let noted;
    for (let now = 1_000_000; pauses.length < 14; ) {
      const look = nextLook(noted, now);
      pauses.push((look.lookAt - now) / 1000);
      ({ noted } = look);
      now = look.lookAt;
    }
    assert.deepEqual(pauses, [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600]);
  });

  test('of an order that trapped two hours ago is as good as one that never did', () => {
    const before = { times: 9, at: 1_000_000 };
    assert.deepEqual(nextLook(before, 1_000_000 + 2 * HOUR_MS - 1).noted.times, 10);
    const now = 1_000_000 + 2 * HOUR_MS;
    assert.deepEqual(nextLook(before, now), { noted: { times: 1, at: now }, lookAt: now + 2_000 });
  });
});

describe('an order whose half in the wasm traps', async () => {
  globalThis.addEventListener = () => {};
  globalThis.wasm = { prepare() {} };
  const { OrderObject, default: worker } = await import(new URL('entry.mjs', JS));
  let order, stored, alarms, work, halves, traps;
  beforeEach(() => {
    stored = new Map();
    alarms = [];
    work = [];
    halves = 0;
    traps = [];
    globalThis.wasm = {
      __wbg_reset_state() {},
      prepare() {},
      lost: () => new Response('lost', { status: 500 }),
      order: () => ((halves += 1), { fetch: async () => orTrap('fetch', 'as ever'), alarm: async () => orTrap('alarm') }),
    };
    order = new OrderObject(state(), {});
  });

  const state = () => ({
    id: { name: 'H1' },
    waitUntil: (promise) => work.push(promise),
    storage: {
      get: async (key) => stored.get(key),
      put: async (key, value) => void stored.set(key, value),
      setAlarm: async (at) => void alarms.push(at),
    },
  });
  const ask = () => order.fetch(new Request('https://order/view'));
  /** The result of a call of the Rust half, unless this call is the next to trap. */
  function orTrap(call, result) {
    if (traps[0] !== call) return result;
    traps.shift();
    throw aTrap();
  }

  test('answers what was lost, and looks after itself by an alarm that is set at once', async () => {
    traps = ['fetch'];
    const began = Date.now();
    assert.equal((await ask()).status, 500);
    assert.equal(alarms.length, 1);
    assert.ok(alarms[0] >= began + 2_000 && alarms[0] <= Date.now() + 2_000);
    assert.deepEqual(errors.at(-1), 'order H1: GET /view was lost in a trap');
  });

  test('has a new half in the new instance: what the old one had in memory is read from the storage', async () => {
    traps = ['fetch'];
    await ask();
    assert.equal(await ask(), 'as ever');
    assert.equal(await ask(), 'as ever');
    assert.equal(halves, 2);
  });

  test('in its alarm does not fail: the platform would try a few times and then forget the alarm', async () => {
    traps = ['alarm'];
    await order.alarm();
    assert.equal(alarms.length, 1);
  });

  test('notes its traps, so that each look comes later than the one before', async () => {
    for (const pause of [2_000, 4_000, 8_000]) {
      traps = ['fetch'];
      const began = Date.now();
      await ask();
      assert.ok(alarms.at(-1) >= began + pause, `${alarms.at(-1) - began} ms`);
    }
    assert.equal(stored.get('traps').times, 3);
  });

  test('sets one alarm for one trap, however much of it was lost', async () => {
    traps = ['fetch'];
    globalThis.wasm.order = () => ({ fetch: async () => orTrap('fetch'), alarm: () => new Promise(() => {}) });
    await Promise.all([order.alarm(), order.alarm(), ask()]);
    assert.equal(errors.filter((line) => line.endsWith(' was lost in a trap')).length, 3);
    assert.deepEqual([alarms.length, stored.get('traps').times], [1, 1]);
  });

  test('looks after itself, too, when only its work in the background was lost', async () => {
    const shared = state();
    order = new OrderObject(shared, {});
    await ask();
    shared.waitUntil(new Promise(() => {}));
    globalThis.wasm.fetch = () => Promise.reject(aTrap());
    await worker.fetch(new Request('https://pay.example.com/api/shop'), {}, {});
    await Promise.all(work);
    assert.ok(errors.includes('order H1: what it did in the background was lost in a trap'), errors.join('\n'));
    assert.equal(alarms.length, 1);
  });

  test('is answered even when not even the new instance runs', async () => {
    globalThis.wasm.fetch = () => Promise.reject(aTrap());
    globalThis.wasm.lost = () => {
      throw aTrap();
    };
    const answer = await worker.fetch(new Request('https://pay.example.com/api/orders/H1?token=secret'), {}, {});
    assert.deepEqual([answer.status, (await answer.json()).code], [500, 'internal']);
    assert.equal(answer.headers.get('access-control-allow-origin'), '*', 'the page can read it');
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.equal(errors.at(-1), 'the Worker: GET /api/orders was lost in a trap', 'without what may be a secret');
  });
});
