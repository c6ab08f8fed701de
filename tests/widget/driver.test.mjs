// One driver of the element: it does exactly what its session says, and tells the session what happens. The tests play the
// session; its decisions are tested in `crates/widget/src/session`.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';

import { aStorage, away, load, MODULE, Network, play, PlayedSocket, settled } from '../support/page/page-in-node.mjs';

const ENDPOINT = 'https://pay.example.com';
const TEA = { endpoint: ENDPOINT, goods: { lines: [{ sku: 'tea', quantity: 1 }] } };
const OWN = { endpoint: ENDPOINT, id: 'H7', token: 'of-the-shop' };
const order = (more) => ({ id: 'H1', status: 'awaiting_payment', version: 1, ...more });

/** A step of the session. */
const step = (more) => ({ state: 'showing', link: 'polling', payable: false, refuted: false, adopted: false, connect: false, ...more });

/** A session that says what the test wants. `next` has its next steps; without one it stays as it is. */
class Played {
  static made = [];
  heard = [];
  next = [];
  last = step({ state: 'creating' });

  constructor(seed) {
    this.seed = seed;
    Played.made.push(this);
  }

  free() {
    this.heard.push(['free']);
  }

  tell(now, what, value) {
    this.heard.push(value === undefined ? [what] : [what, value]);
    this.now = now;
    const { state, link } = this.last;
    this.last = step(this.next.length ? this.next.shift() : { state, link });
    return this.last;
  }
}

class Channel {
  static all = [];
  said = [];

  constructor(name) {
    this.name = name;
    Channel.all.push(this);
  }

  postMessage(data) {
    this.said.push(data);
  }

  close() {
    this.closed = true;
  }
}

let network;
let storage;
let pages = 0;
let wasm;
let open;
beforeEach(() => {
  away.clear();
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  network = new Network();
  storage = aStorage();
  for (const each of [Played.made, Channel.all, PlayedSocket.all]) each.length = 0;
  wasm = Promise.withResolvers();
  play({
    WASM_INTEGRITY: '',
    Session: Played,
    BroadcastChannel: Channel,
    WebSocket: PlayedSocket,
    localStorage: storage,
    window: new EventTarget(),
    document: Object.assign(new EventTarget(), { hidden: false }),
    navigator: { onLine: true },
    performance: { now: () => 5_000, timeOrigin: 1, getEntriesByType: () => [] },
    fetch: (url, init) => (/wasm$/.test(url) ? wasm.promise.then(() => new Response(MODULE)) : network.fetch(url, init)),
  });
});
afterEach(() => open?.close());

/** A driver of this cart, on a new page or on the `same` page as the last one. `told` has the events that it reported. */
async function aDriver(cart = TEA, { same } = {}) {
  if (!same) pages += 1;
  const { Driver } = await load('driver.js', `page-${pages}`);
  const told = [];
  open = new Driver(cart, (event) => told.push(event ?? '-'));
  return { driver: open, told, events: () => told.filter((event) => event !== '-') };
}

/** The wasm arrives or fails. Waits until everything that waited for it has happened. */
async function wasmArrives(come = wasm.resolve) {
  const { loadSession } = await load('loader.js', `page-${pages}`);
  const loaded = loadSession().catch(() => {});
  come();
  await loaded;
  await settled();
}

/** A driver with its session, which answered the starts with `steps`. */
async function running(cart, ...steps) {
  const shop = await aDriver(cart);
  const starting = shop.driver.start();
  await wasmArrives();
  await starting;
  const session = Played.made.at(-1);
  session.next.push(...steps);
  for (const _ of steps) await shop.driver.start();
  return { ...shop, session };
}

/** A driver that shows the order of its place request. */
async function showing(cart = TEA, view = order(), more = {}) {
  const shop = await running(cart, { state: 'creating', ticket: 1, ask: 'place' });
  shop.session.next.push({ state: 'showing', adopted: true, event: 'ready', ...more });
  network.last.answer(201, cart.id ? view : { order: view, token: 'secret' });
  await settled();
  return shop;
}

/** Makes the session say these steps, by inputs that have no other effect. */
function next(shop, ...steps) {
  shop.session.next.push(...steps);
  for (const _ of steps) window.dispatchEvent(new Event('online'));
}

/** The last input of the session, which must be an answer: its ticket, and what matters for a decision. */
const answered = ({ session }) => {
  const [what, { ticket, status, retryAfter, order, problem }] = session.heard.at(-1);
  assert.equal(what, 'answered');
  return { ticket, status, retryAfter, order, code: problem?.code };
};

const asked = () => network.asked.map(({ method = 'GET', url }) => `${method} ${url.replace(ENDPOINT, '')}`);

describe('pay is pressed', () => {
  test('the order is asked for while the session is on its way, and its first request finds that one', async () => {
    const { driver, told } = await aDriver();
    const started = driver.start();
    await settled();
    assert.deepEqual(asked(), ['POST /api/orders?attempt=1']);
    assert.deepEqual(driver.step, { state: 'creating', link: 'polling', payable: false, failure: undefined });
    assert.deepEqual(told, ['-']);
    await wasmArrives();
    await started;
    const [session] = Played.made;
    assert.deepEqual(session.heard, [['online', true], ['visible', true], ['start']]);
    session.next.push({ state: 'creating', ticket: 1, ask: 'place' }, { adopted: true, event: 'ready' });
    await driver.start();
    network.last.answer(201, { order: order(), token: 'secret' }, { 'Retry-After': '2' });
    await settled();
    assert.equal(network.asked.length, 1, 'not a second time');
    assert.deepEqual(answered({ session }), { ticket: 1, status: 201, retryAfter: 2000, order: order(), code: undefined });
    assert.deepEqual([driver.order, driver.step.state, told.at(-1)], [order(), 'showing', 'ready']);
  });

  test('what was asked early and failed is heard of as no answer', async () => {
    const { driver } = await aDriver();
    driver.start();
    await settled();
    network.last.fail();
    await settled();
    network.last.fail(); // nothing answers there either
    await wasmArrives();
    const [session] = Played.made;
    session.next.push({ state: 'creating', ticket: 1, ask: 'place' });
    await driver.start();
    await settled();
    assert.deepEqual(answered({ session }), { ticket: 1, status: undefined, retryAfter: undefined, order: undefined, code: undefined });
    session.next.push({ state: 'creating', ticket: 2, ask: 'place' });
    await driver.start();
    await settled();
    assert.deepEqual(asked(), ['POST /api/orders?attempt=1', 'GET /api/orders', 'POST /api/orders'], 'asked early only once');
  });

  test('a device that calls itself offline is not believed: the order is asked for, and the shopper reads what it says', async () => {
    navigator.onLine = false;
    document.hidden = true;
    const { driver } = await aDriver();
    driver.start();
    await settled();
    assert.deepEqual([driver.step.link, asked()], ['offline', ['POST /api/orders?attempt=1']]);
    await wasmArrives();
    assert.deepEqual(Played.made[0].heard.slice(0, 2), [['online', false], ['visible', false]]);
  });

  test('what is wrong before there is a code is told: a session that does not start', async () => {
    play({
      Session: class {
        constructor() {
          throw new RangeError('no memory');
        }
      },
    });
    const { driver, events } = await aDriver();
    driver.start();
    await wasmArrives();
    assert.deepEqual([driver.step.state, driver.step.failure, driver.problem, events()], ['failed', 'unsupported', { detail: 'no memory' }, ['error']]);
  });

  test('a key that cannot be made is no answer, and why is kept for the shop', async () => {
    const { crypto } = globalThis;
    const { driver, session } = await running();
    play({ crypto: { getRandomValues: () => assert.fail('no dice') } });
    try {
      storage.setItem('wechat-pay', '{}');
      session.next.push({ state: 'creating', ticket: 1, ask: 'place_anew' });
      await driver.start();
      await settled();
      assert.deepEqual([answered({ session }).status, driver.problem], [undefined, { detail: 'no dice' }]);
    } finally {
      play({ crypto });
    }
  });

  test('a tab that keeps the keys to itself delays the order by half a second, and no longer', async () => {
    navigator.locks = { request: () => new Promise(() => {}) };
    const { driver } = await aDriver();
    driver.start();
    await settled();
    mock.timers.tick(499);
    await settled();
    assert.deepEqual(asked(), []);
    mock.timers.tick(1);
    await settled();
    assert.deepEqual(asked(), ['POST /api/orders?attempt=1']);
    driver.close();
    assert.equal(network.last.signal.aborted, true);
  });

  test('each session spreads its pauses in its own way', async () => {
    const seeds = [];
    for (let session = 0; session < 3; session += 1) seeds.push((await running()).session.seed);
    assert.ok(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32));
    assert.equal(new Set(seeds).size, 3);
  });

  test('an endpoint that is no address is the shop’s mistake', async () => {
    const { driver, events } = await aDriver({ ...TEA, endpoint: null });
    await driver.start();
    assert.deepEqual([driver.step.state, driver.step.failure, driver.problem.detail], ['failed', 'shop_misconfigured', 'The endpoint is no address.']);
    assert.deepEqual([events(), network.asked], [['error'], []]);
  });

  test('pressed twice before the session is there, there is one session and one order', async () => {
    const { driver } = await aDriver();
    driver.start();
    driver.start();
    await wasmArrives();
    assert.deepEqual([Played.made.length, asked()], [1, ['POST /api/orders?attempt=1']]);
  });

  test('a session that cannot be had is told, and the next press asks for all again', async () => {
    const { driver, events } = await aDriver();
    away.add('./wechat-pay-fallback.js');
    driver.start();
    await wasmArrives(() => wasm.reject(new Error('no network')));
    away.clear();
    assert.deepEqual([driver.step.state, driver.step.failure, events()], ['failed', 'unloaded', ['error']]);
    assert.match(driver.problem.detail, /cannot be had/);
    wasm = Promise.withResolvers();
    driver.start();
    await wasmArrives();
    assert.deepEqual([asked().length, Played.made.length], [2, 1], 'the order is asked for anew');
  });

  test('cancelled or closed before the session is there it is over, and the session that comes starts nothing', async () => {
    const { driver, told, events } = await aDriver();
    assert.deepEqual([driver.step, driver.quitting], [{ state: 'idle', link: 'polling', payable: false }, false]);
    window.dispatchEvent(new Event('pagehide'));
    driver.start();
    await settled();
    driver.cancel();
    assert.deepEqual([driver.step.state, driver.quitting, events()], ['cancelled', true, ['cancelled']]);
    const before = told.length;
    await wasmArrives();
    assert.deepEqual([Played.made.length, told.length], [0, before]);

    const other = await aDriver();
    wasm = Promise.withResolvers();
    other.driver.start();
    await settled();
    other.driver.close();
    assert.equal(network.last.signal.aborted, true);
    await wasmArrives();
    assert.equal(Played.made.length, 0);
    assert.deepEqual(other.events(), []);
  });

  test('cancelled or closed, it is not told either that the session cannot be had', async () => {
    away.add('./wechat-pay-fallback.js');
    for (const leave of ['cancel', 'close']) {
      wasm = Promise.withResolvers();
      const { driver, events } = await aDriver();
      driver.start();
      await settled();
      driver[leave]();
      await wasmArrives(() => wasm.reject(new Error('no network')));
      assert.deepEqual(events(), leave === 'cancel' ? ['cancelled'] : [], leave);
    }
    away.clear();
  });

  test('a new start after giving up is no giving up any more', async () => {
    const { driver } = await showing();
    driver.cancel();
    assert.equal(driver.quitting, true);
    await driver.start();
    assert.equal(driver.quitting, false);
  });
});

describe('what the session wants asked', () => {
  test('is asked with the cart’s key, the order’s number and its token', async () => {
    const shop = await showing();
    const { 'Idempotency-Key': key } = network.last.headers;
    next(shop, { ticket: 2, ask: 'look' });
    assert.equal(network.last.headers.Authorization, 'Bearer secret');
    network.last.answer(200, order({ version: 2 }));
    await settled();
    next(shop, { ticket: 3, ask: 'cancel' });
    assert.equal(network.last.headers.Authorization, 'Bearer secret', 'kept, though a look tells none');
    network.last.answer(200, order({ version: 3 }));
    await settled();
    next(shop, { ticket: 4, ask: 'place' });
    await settled();
    assert.equal(network.last.headers['Idempotency-Key'], key);
    network.last.answer(200, { order: order(), token: 'another' });
    await settled();
    next(shop, { ticket: 5, ask: 'place_anew' });
    await settled();
    assert.notEqual(network.last.headers['Idempotency-Key'], key);
    assert.deepEqual(JSON.parse(network.last.body), TEA.goods);
    assert.deepEqual(asked(), ['POST /api/orders?attempt=1', 'POST /api/orders/H1', 'POST /api/orders/H1/cancel', 'POST /api/orders', 'POST /api/orders?attempt=1']);
  });

  test('an order that the shop has placed itself is looked at and cancelled, and no other is placed', async () => {
    const shop = await showing(OWN, order({ id: 'H7' }));
    for (const ask of ['look', 'place', 'place_anew', 'cancel']) {
      next(shop, { ticket: 2, ask });
      assert.equal(network.last.headers.Authorization, 'Bearer of-the-shop');
      network.last.answer(200, order({ id: 'H7' }));
      await settled();
    }
    assert.deepEqual(asked(), [...Array(4).fill('POST /api/orders/H7'), 'POST /api/orders/H7/cancel']);
    next(shop, { state: 'paid', event: 'paid' });
    assert.equal(storage.getItem('wechat-pay'), null, 'it has no key');
  });

  test('a refusal is heard with its code and kept for the shop; a good answer ends it', async () => {
    const shop = await showing();
    next(shop, { ticket: 2, ask: 'look' });
    const problem = { code: 'misconfigured', detail: 'mend it' };
    network.last.answer(500, problem);
    await settled();
    assert.deepEqual(answered(shop), { ticket: 2, status: 500, retryAfter: undefined, order: undefined, code: 'misconfigured' });
    assert.deepEqual(shop.driver.problem, problem);
    next(shop, { ticket: 3, ask: 'look' });
    network.last.answer(200, order());
    await settled();
    assert.equal(shop.driver.problem, undefined);
  });

  test('a new request takes the place of one in flight, and an end gives it up: no late answer is heard', async () => {
    const shop = await showing();
    next(shop, { ticket: 2, ask: 'look' }, { ticket: 3, ask: 'cancel' });
    const [, look, cancel] = network.asked;
    assert.deepEqual([look.signal.aborted, cancel.signal.aborted], [true, false]);
    next(shop, {});
    assert.equal(cancel.signal.aborted, false, 'what runs goes on');
    next(shop, { state: 'cancelled', event: 'cancelled' });
    assert.equal(cancel.signal.aborted, true);
    await settled();
    assert.ok(!shop.session.heard.slice(4).some(([name, value]) => name === 'answered' && value.ticket > 1));
  });

  test('it is woken when it wants to be, once, and at the latest time that it said', async () => {
    const shop = await showing(TEA, order(), { wake: 3_000 });
    const woken = () => shop.session.heard.filter(([name]) => name === 'woken').length;
    mock.timers.tick(2_999);
    assert.equal(woken(), 0);
    next(shop, { wake: 500 });
    mock.timers.tick(499);
    assert.equal(woken(), 0);
    shop.session.next.push({});
    mock.timers.tick(1);
    assert.deepEqual([woken(), shop.session.now], [1, 5_000]);
    mock.timers.tick(60_000);
    assert.equal(woken(), 1);
    next(shop, { wake: 0 });
    mock.timers.tick(1);
    assert.equal(woken(), 2, 'at once is a time, too');
  });
});

describe('the order that is shown', () => {
  test('is the one that the session takes; an older one is not', async () => {
    const shop = await showing();
    next(shop, { ticket: 2, ask: 'look' });
    shop.session.next.push({});
    network.last.answer(200, order({ version: 0 }));
    await settled();
    assert.deepEqual(shop.driver.order, order());
  });

  test('settles its key when it is paid; frees it when it failed; keeps it where nothing of it failed', async () => {
    const key = () => Object.values(JSON.parse(storage.getItem('wechat-pay')))[0];
    const paid = await showing();
    next(paid, { state: 'showing' });
    assert.equal(key().paidBy, undefined);
    next(paid, { state: 'paid', event: 'paid' });
    assert.equal(key().paidBy, 1);

    storage.setItem('wechat-pay', '{}');
    const rejected = await running(TEA, { state: 'creating', ticket: 1, ask: 'place' });
    next(rejected, { state: 'failed', failure: 'rejected', event: 'error' });
    assert.ok(key().key, 'another press asks for the same order');

    // If another tab has seen the order fail, it is over here only when the session says so.
    storage.setItem('wechat-pay', '{}');
    const shown = await showing(TEA, order({ status: 'failed' }));
    assert.ok(key().key);
    next(shown, { state: 'failed', event: 'error' });
    assert.equal(key(), undefined);

    storage.setItem('wechat-pay', '{}');
    const failed = await running(TEA, { state: 'creating', ticket: 1, ask: 'place' });
    failed.session.next.push({ state: 'failed', adopted: true, failure: 'refused', event: 'error' });
    network.last.answer(201, { order: order({ status: 'failed' }), token: 'secret' });
    await settled();
    assert.equal(key(), undefined);
  });

  test('is told to the other tabs of this order, and theirs is heard', async () => {
    const shop = await showing();
    const [channel] = Channel.all;
    assert.equal(channel.name, 'wechat-pay H1');
    next(shop, { ticket: 2, ask: 'look' });
    network.last.answer(200, order({ version: 2 }));
    await settled();
    next(shop, { ticket: 3, ask: 'look' });
    network.last.answer(503, {});
    await settled();
    assert.deepEqual(channel.said, [order({ version: 2 })], 'what is no order is told to nobody');

    shop.session.next.push({ state: 'paid', adopted: true, event: 'paid' });
    channel.onmessage({ data: order({ status: 'paid', version: 3 }) });
    assert.deepEqual(shop.session.heard.at(-1), ['overheard', order({ status: 'paid', version: 3 })]);
    assert.deepEqual([shop.driver.order.status, shop.told.at(-1)], ['paid', 'paid']);
    assert.equal(channel.said.length, 1, 'and not told back');
  });

  test('another order has another channel, the same one keeps its own', async () => {
    const shop = await showing();
    for (const view of [order({ version: 2 }), order({ id: 'H2' })]) {
      next(shop, { ticket: 2, ask: 'look' });
      shop.session.next.push({ adopted: true });
      network.last.answer(200, view);
      await settled();
    }
    assert.deepEqual(Channel.all.map(({ name, closed = false }) => [name, closed]), [['wechat-pay H1', true], ['wechat-pay H2', false]]);
  });

  for (const [what, BroadcastChannel] of Object.entries({
    'do not exist': undefined,
    'are forbidden': class {
      constructor() {
        throw new DOMException('forbidden', 'SecurityError');
      }
    },
    'take nothing': class extends Channel {
      postMessage() {
        throw new DOMException('closed', 'InvalidStateError');
      }
    },
  })) {
    test(`goes on where channels between tabs ${what}`, async () => {
      play({ BroadcastChannel });
      const shop = await showing(TEA, order(), { connect: true });
      next(shop, { ticket: 2, ask: 'look' });
      shop.session.next.push({ adopted: true });
      network.last.answer(200, order({ version: 2 }));
      await settled();
      assert.equal(answered(shop).ticket, 2);
      shop.session.next.push({ state: 'paid', adopted: true, event: 'paid' });
      PlayedSocket.all[0].push(order({ status: 'paid', version: 3 }));
      assert.deepEqual([shop.driver.order.version, shop.told.at(-1)], [3, 'paid']);
      shop.driver.close();
    });
  }

  test('a page that gives all arrays a toJSON does not make one cart of two', async () => {
    const shop = await showing();
    Array.prototype.toJSON = () => 'changed';
    try {
      assert.equal(shop.driver.isOf({ ...TEA, goods: { lines: [{ sku: 'tea', quantity: 1 }] } }), true);
      assert.equal(shop.driver.isOf({ ...TEA, goods: { lines: [{ sku: 'tea', quantity: 2 }] } }), false);
      next(shop, { ticket: 2, ask: 'place' });
      await settled();
      assert.equal(network.last.body, '{"lines":[{"sku":"tea","quantity":1}]}');
    } finally {
      delete Array.prototype.toJSON;
    }
  });

  test('is taken over by another driver of the same cart, and by none of another', async () => {
    const paid = await showing();
    next(paid, { state: 'paid' });
    const same = await aDriver({ ...TEA }, { same: true });
    same.driver.show(paid.driver);
    assert.deepEqual([same.driver.step.state, same.driver.order], ['paid', order()]);
    const other = await aDriver({ ...TEA, goods: { lines: [] } }, { same: true });
    other.driver.show(paid.driver);
    assert.deepEqual([other.driver.step.state, other.driver.order], ['idle', null]);
  });
});

describe('the socket', () => {
  const live = (shop) => shop.session.heard.filter(([name]) => name === 'live').map(([, up]) => up);

  test('is opened for the order by its token; what it pushes is heard, and told to the other tabs', async () => {
    const shop = await showing(TEA, order(), { connect: true });
    const [socket] = PlayedSocket.all;
    assert.deepEqual([socket.address, socket.protocols[1]], ['wss://pay.example.com/api/orders/H1/live', 'token.secret']);
    socket.open();
    assert.deepEqual(live(shop), [true]);
    shop.session.next.push({ adopted: true });
    socket.push(order({ version: 2 }));
    assert.deepEqual(shop.session.heard.at(-1), ['overheard', order({ version: 2 })]);
    assert.deepEqual([shop.driver.order.version, Channel.all[0].said], [2, [order({ version: 2 })]]);
    socket.end();
    assert.deepEqual(live(shop), [true, false]);
  });

  test('is closed at the end, when the page is left, and when another takes its place; offline it may still live', async () => {
    const shop = await showing(TEA, order(), { connect: true });
    const ended = () => PlayedSocket.all.map(({ readyState }) => readyState === 3);
    PlayedSocket.all[0].open();
    next(shop, { connect: true });
    assert.deepEqual(ended(), [true, false]);
    PlayedSocket.all[1].open();
    next(shop, { link: 'live' });
    assert.deepEqual(ended(), [true, false]);
    next(shop, { link: 'offline' });
    assert.deepEqual(ended(), [true, false]);
    next(shop, { connect: true });
    assert.deepEqual(ended(), [true, true, false]);
    window.dispatchEvent(new Event('pagehide'));
    assert.deepEqual(ended(), [true, true, true]);
    next(shop, { connect: true }, { state: 'paid', event: 'paid' });
    assert.deepEqual(ended(), [true, true, true, true]);
  });

  test('that a page forbids, or a browser lacks, is one that does not open', async () => {
    const forbidden = class {
      constructor() {
        throw new DOMException('forbidden', 'SecurityError');
      }
    };
    for (const WebSocket of [forbidden, undefined]) {
      play({ WebSocket });
      const shop = await showing(TEA, order(), { connect: true });
      assert.deepEqual([live(shop), shop.events()], [[false], ['ready']]);
    }
  });
});

describe('the device and the shopper', () => {
  test('online, seen, claims and giving up are told to the session, and everything is told on', async () => {
    const shop = await showing();
    const before = shop.session.heard.length;
    navigator.onLine = false;
    window.dispatchEvent(new Event('offline'));
    navigator.onLine = true;
    window.dispatchEvent(new Event('online'));
    document.hidden = true;
    document.dispatchEvent(new Event('visibilitychange'));
    document.hidden = false;
    document.dispatchEvent(new Event('visibilitychange'));
    shop.driver.claim();
    shop.driver.cancel();
    assert.deepEqual(shop.session.heard.slice(before), [['online', false], ['online', true], ['visible', false], ['visible', true], ['claim'], ['cancel']]);
    assert.equal(shop.driver.quitting, true);
    next(shop, { state: 'checking', failure: 'cancel_unanswered', payable: true, refuted: true, deadline: 9 });
    assert.deepEqual(shop.driver.step, { state: 'checking', link: 'polling', failure: 'cancel_unanswered', payable: true, refuted: true, deadline: 9 });
  });

  test('a page that comes back out of the cache looks at once, if something runs', async () => {
    const shop = await showing();
    const back = (persisted) => window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted }));
    const heard = () => shop.session.heard.slice(before);
    let before = shop.session.heard.length;
    back(false);
    assert.deepEqual(heard(), []);
    back(true);
    assert.deepEqual(heard(), [['live', false], ['online', true], ['start']]);
    next(shop, { state: 'paid', event: 'paid' });
    before = shop.session.heard.length;
    back(true);
    assert.deepEqual(heard(), []);
  });

  test('nothing that is over can be given up, and nothing is told before there is a session', async () => {
    const idle = await aDriver();
    idle.driver.cancel();
    idle.driver.claim();
    window.dispatchEvent(new Event('online'));
    assert.deepEqual([idle.told, idle.driver.step.state, idle.driver.running], [[], 'idle', false]);
    const paid = await showing();
    next(paid, { state: 'paid', event: 'paid' });
    const { length } = paid.session.heard;
    paid.driver.cancel();
    assert.deepEqual([paid.session.heard.length, paid.driver.quitting], [length, false]);
  });

  test('closed, it leaves nothing running and is told nothing more', async () => {
    const shop = await showing(TEA, order(), { connect: true, wake: 1_000 });
    PlayedSocket.all[0].open();
    next(shop, { ticket: 2, ask: 'look', wake: 1_000 });
    const request = network.last;
    assert.equal(shop.driver.closed, false);
    shop.driver.close();
    assert.equal(shop.driver.closed, true);
    const told = shop.told.length;
    assert.deepEqual([request.signal.aborted, PlayedSocket.all[0].readyState, Channel.all[0].closed], [true, 3, true]);
    assert.deepEqual(shop.session.heard.at(-1), ['free']);
    request.answer(200, order());
    mock.timers.tick(60_000);
    for (const what of ['online', 'offline', 'pagehide', 'pageshow']) window.dispatchEvent(Object.assign(new Event(what), { persisted: true }));
    document.dispatchEvent(new Event('visibilitychange'));
    shop.driver.cancel();
    await settled();
    assert.deepEqual([shop.told.length, shop.session.heard.at(-1)], [told, ['free']]);
    shop.driver.close();
  });

  test('what is awaited is running, and nothing else', async () => {
    const shop = await showing();
    for (const [state, running] of [['creating', true], ['showing', true], ['checking', true], ['paid', false], ['expired', false], ['cancelled', false], ['failed', false]]) {
      next(shop, { state });
      assert.equal(shop.driver.running, running, state);
    }
  });
});
