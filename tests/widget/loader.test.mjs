// The code that decides and paints: the wasm that this script was built with, or the fallback if the wasm is not available.
// An error code says what is missing.

import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { away, late, load, MODULE, Network, play, settled } from '../support/page/page-in-node.mjs';

class OfTheWasm {}

let network;
let pages = 0;
let warnings;
beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
  mock.restoreAll();
  for (const names of [away, late]) names.clear();
  network = new Network();
  warnings = [];
  mock.method(console, 'warn', (text) => warnings.push(text));
  play({ fetch: network.fetch, WASM_INTEGRITY: 'sha256-of-the-module', Session: OfTheWasm, startedWith: undefined, painted: undefined });
});

/** The module as a new page has it. */
const open = () => load('loader.js', `page-${(pages += 1)}`);

/** The page's policy forbids WebAssembly. */
const forbid = () => mock.method(WebAssembly, 'instantiate', () => Promise.reject(new WebAssembly.CompileError('forbidden'))).mock;

/** The Worker sends these bytes as the module. */
const give = (bytes) => network.last.answerWith(new Response(bytes));

test('the wasm is fetched by its digest, started, and decides', async () => {
  const started = [];
  play({ startedWith: (instance) => started.push(instance) });
  const { loadSession } = await open();
  const loading = loadSession();
  assert.equal(new URL(network.last.url).pathname.split('/').pop(), 'wechat-pay_bg.wasm');
  assert.equal(network.last.integrity, 'sha256-of-the-module');
  give(MODULE);
  const Session = await loading;
  assert.ok(new Session() instanceof OfTheWasm);
  assert.equal(started.length, 1);
  assert.ok(started[0] instanceof WebAssembly.Instance);
});

test('it is loaded once for all elements of the page', async () => {
  const { loadSession } = await open();
  const both = [loadSession(), loadSession()];
  give(MODULE);
  await Promise.all(both);
  await loadSession();
  assert.equal(network.asked.length, 1);
});

test('the wasm paints the order’s code', async () => {
  const painted = [];
  play({ painted: (...values) => (painted.push(values), 246) });
  const { loadSession, paint } = await open();
  const loading = loadSession();
  give(MODULE);
  await loading;
  const order = { code_url: 'weixin://…', code: { modules: '' } };
  assert.equal(paint('canvas', order, 300), 246);
  assert.deepEqual(painted, [['canvas', order, 300]]);
});

test('where the wasm does not come, is another, or is forbidden, the fallback decides', async () => {
  const failures = {
    'it does not come': () => network.last.fail(),
    'it is no module': () => give(Uint8Array.of(1, 2, 3)),
    'it is forbidden': () => {
      forbid();
      give(MODULE);
    },
  };
  for (const [what, fail] of Object.entries(failures)) {
    const { loadSession, paint } = await open();
    const loading = loadSession();
    fail();
    const { Session } = await load('fallback.js');
    assert.equal(await loading, Session, what);
    assert.equal(paint({}, {}, 300), 0, 'and it is the fallback that paints');
  }
});

test('a wasm that has not come after ten seconds is not waited for, and when it comes it changes nothing', async () => {
  const { loadSession, paint } = await open();
  const loading = loadSession();
  let come;
  loading.then((Session) => (come = Session));
  mock.timers.tick(9_999);
  await settled();
  assert.equal(come, undefined);
  mock.timers.tick(1);
  const { Session } = await load('fallback.js');
  assert.equal(await loading, Session);
  give(MODULE);
  await settled();
  assert.equal(await loadSession(), Session);
  assert.equal(paint({}, {}, 300), 0);
});

test('a fallback that has not come after ten seconds either is told, and the next press tries again', async () => {
  late.add('./wechat-pay-fallback.js');
  const { loadSession } = await open();
  const loading = assert.rejects(loadSession(), { code: 'unloaded', message: 'not there within 10000 ms' });
  network.last.fail();
  await settled();
  mock.timers.tick(10_000);
  await loading;
  loadSession().catch(() => {});
  assert.equal(network.asked.length, 2);
});

test('that a page forbids WebAssembly is told to its makers, with what allows it; that it did not come is not', async () => {
  const forbidden = forbid();
  const first = (await open()).loadSession();
  give(MODULE);
  await first;
  assert.equal(warnings.length, 1);
  assert.match(warnings[0], /script-src 'wasm-unsafe-eval'/);
  forbidden.restore();
  const second = (await open()).loadSession();
  network.last.fail();
  await second;
  assert.equal(warnings.length, 1);
});

test('where neither can be had it is said why: the browser runs neither, or they did not come; and the next press tries again', async () => {
  away.add('./wechat-pay-fallback.js');
  const unloaded = await open();
  for (let press = 0; press < 2; press += 1) {
    const loading = assert.rejects(unloaded.loadSession(), { code: 'unloaded', message: './wechat-pay-fallback.js cannot be had' });
    assert.equal(network.asked.length, press + 1);
    network.last.fail();
    await loading;
  }
  const loading = unloaded.loadSession();
  give(MODULE);
  await loading;

  forbid();
  const forbidden = assert.rejects((await open()).loadSession(), { code: 'unsupported' });
  give(MODULE);
  await forbidden;
});

test('where neither runs, that is what is said', async () => {
  away.add('./wechat-pay-fallback.js');
  const { WebAssembly } = globalThis;
  const { loadSession } = await open();
  play({ WebAssembly: undefined });
  try {
    const loading = assert.rejects(loadSession(), { code: 'unsupported' });
    network.last.fail();
    await loading;
  } finally {
    play({ WebAssembly });
  }
});

test('where there is no WebAssembly at all the fallback decides, and no makers are blamed', async () => {
  const { WebAssembly } = globalThis;
  const { loadSession } = await open();
  play({ WebAssembly: undefined });
  try {
    const loading = loadSession();
    await settled();
    network.last.fail();
    assert.equal(await loading, (await load('fallback.js')).Session);
    assert.deepEqual(warnings, []);
  } finally {
    play({ WebAssembly });
  }
});
