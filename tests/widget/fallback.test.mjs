// The fallback's session alone, with a clock that the test moves: the behaviour that it shares with the session in the wasm
// (`crates/widget/src/session`). The stories come from there.

import assert from 'node:assert/strict';
import { afterEach, mock, test } from 'node:test';

import { load } from '../support/page/page-in-node.mjs';

const { paint, Payment, Session } = await load('fallback.js');

const LASTS_MS = 30 * 60_000;
const anOrder = (status = 'awaiting_payment', more = {}) => ({
  id: 'H1',
  status,
  version: 1,
  code: { side: 29, modules: '' },
  expires_at_ms: 1_000_000 + LASTS_MS,
  server_time_ms: 1_000_000,
  ...more,
});

/** A page: what it asked, what it told, and when it wants to wake up. */
class Page {
  now = 1_000;
  asked = [];
  told = [];
  #session = new Session();

  tell(what, value) {
    const { ticket, ask, wake, event, ...step } = this.#session.tell(this.now, what, value);
    Object.assign(this, step, { wakeAt: wake === undefined ? undefined : this.now + wake });
    if (ask) {
      assert.equal(this.open, undefined, 'two requests in flight');
      this.open = ticket;
      this.asked.push(ask);
    }
    if (event) this.told.push(event);
    if (['paid', 'expired', 'cancelled', 'failed'].includes(this.state)) this.open = undefined;
    return this;
  }

  /** An answer in the form of `server.js`. Only the Worker's problems have a `code`. */
  answer(status, order, { retryAfter, code } = {}) {
    const ticket = this.open;
    this.open = undefined;
    return this.tell('answered', { ticket, status, retryAfter, order, problem: code && { code } });
  }

  /** The Worker itself refuses. */
  refuse(status, code = 'refused_so') {
    return this.answer(status, undefined, { code });
  }

  /** Nothing answers. */
  silence() {
    return this.answer(undefined);
  }

  untilAsked() {
    for (let woken = 0; this.open === undefined; woken += 1) {
      assert.ok(this.wakeAt >= this.now && woken < 10, 'it waits for nothing');
      this.now = this.wakeAt;
      this.tell('woken');
    }
    return this;
  }

  /** The pauses between its requests in milliseconds, if each is answered in this way. */
  pauses(forMs, answer) {
    const pauses = [];
    for (let from = this.now, end = this.now + forMs; this.untilAsked().now <= end; from = this.now) {
      pauses.push(this.now - from);
      assert.ok(pauses.length < 1000, 'it asks without a pause');
      answer(this);
    }
    return pauses;
  }

  /** The order still waits for its payment. The remaining time follows from the page's clock. */
  stillWaiting(more) {
    return this.answer(200, anOrder('awaiting_payment', { server_time_ms: 1_000_000 + this.now - 1_000, ...more }));
  }

  static showing(more) {
    return new Page().tell('start').answer(201, anOrder('awaiting_payment', more));
  }
}

afterEach(() => mock.restoreAll());

test('one order is placed, shown and paid', () => {
  const page = Page.showing();
  assert.deepEqual([page.state, page.payable], ['showing', true]);
  page.untilAsked().answer(200, anOrder('paid', { version: 2 }));
  assert.deepEqual([page.state, page.asked, page.told], ['paid', ['place', 'look'], ['ready', 'paid']]);
  assert.equal(page.wakeAt, undefined, 'it waits for nothing more');
});

test('once there was a code no refusal says failed', () => {
  for (const refusal of [{}, { code: 'misconfigured' }]) {
    const page = Page.showing();
    const end = page.now + 180_000;
    while (page.wakeAt !== undefined && page.wakeAt < end) page.untilAsked().answer(403, undefined, refusal);
    assert.deepEqual([page.state, page.link, page.payable], ['showing', 'troubled', true]);
    assert.ok(page.asked.length <= 12, page.asked.join(' '));
    page.untilAsked().answer(200, anOrder('paid', { version: 2 }));
    assert.deepEqual(page.told, ['ready', 'paid']);
  }
});

test('before there was any code a refusal is told at once', () => {
  assert.equal(new Page().tell('start').refuse(422).failure, 'rejected');
  assert.equal(new Page().tell('start').refuse(500, 'misconfigured').failure, 'shop_misconfigured');
});

test('an order the Worker has lost is found again by its key', () => {
  const page = Page.showing().untilAsked().answer(404).untilAsked().answer(200, anOrder()).untilAsked();
  assert.deepEqual(page.asked, ['place', 'look', 'place', 'look']);
});

test('a cancelling nobody confirmed says so, and paying again asks for the same order', () => {
  const page = Page.showing();
  page.now += 1_000;
  page.tell('cancel').untilAsked().answer(403);
  assert.deepEqual([page.state, page.failure], ['cancelled', 'cancel_unanswered']);
  page.tell('start').untilAsked().answer(200, anOrder('paid', { version: 2 }));
  assert.deepEqual(page.asked, ['place', 'cancel', 'place']);
  assert.equal(page.state, 'paid');
});

test('a confirmed cancelling is followed by another order', () => {
  const page = Page.showing();
  page.tell('cancel').untilAsked().answer(200, anOrder('cancelled', { version: 2 }));
  page.tell('start').untilAsked();
  assert.deepEqual(page.asked, ['place', 'cancel', 'place_anew']);
});

test('back online, seen again or told to try again it asks at once, though requests had failed', () => {
  for (const [away, back] of [[['online', false], ['online', true]], [['visible', false], ['visible', true]], [undefined, ['start']]]) {
    const page = Page.showing();
    for (let failure = 0; failure < 4; failure += 1) page.untilAsked().silence();
    if (away) page.tell(...away);
    if (page.open !== undefined) page.silence();
    const asked = page.asked.length;
    page.now += 1_000;
    page.tell(...back);
    assert.equal(page.asked.length, asked + 1, back.join(' '));
  }
});

test('Retry-After is obeyed, by the hurried and at the end of the time, too', () => {
  const page = Page.showing();
  const deadline = page.now + LASTS_MS;
  while (page.now < deadline - 60_000) page.untilAsked().answer(200, anOrder('awaiting_payment', { server_time_ms: 1_000_000 + page.now - 1_000 }));
  page.untilAsked().answer(429, undefined, { retryAfter: 120_000 });
  const allowed = page.now + 120_000;
  page.tell('start').tell('visible', false).tell('visible', true);
  assert.equal(page.open, undefined);
  page.untilAsked();
  assert.ok(page.now >= allowed, `${allowed - page.now} ms too early`);
  assert.equal(page.state, 'checking');
});

test('a success that is no order of ours is no answer', () => {
  const { version, ...withoutVersion } = anOrder();
  const { server_time_ms, ...withoutTime } = anOrder();
  for (const order of [undefined, {}, { id: 'H1', status: 'happy' }, { status: 'paid' }, withoutVersion, withoutTime]) {
    const page = Page.showing().untilAsked().answer(200, order);
    assert.deepEqual([page.state, page.link], ['showing', 'troubled']);
  }
});

test('what an earlier visit left behind is resumed while it lives and replaced when it is over', () => {
  assert.equal(new Page().tell('start').answer(200, anOrder('checking')).state, 'checking');
  for (const status of ['expired', 'cancelled']) {
    const page = new Page().tell('start').answer(200, anOrder(status)).untilAsked();
    assert.deepEqual([page.asked, page.told], [['place', 'place_anew'], []]);
  }
});

test('expired is the Worker’s word, and then another order can follow', () => {
  const page = Page.showing().untilAsked().answer(200, anOrder('expired', { version: 2 }));
  assert.deepEqual([page.state, page.told], ['expired', ['ready', 'expired']]);
  page.tell('start').untilAsked().answer(201, anOrder('awaiting_payment', { id: 'H2' }));
  assert.deepEqual([page.asked, page.told], [['place', 'look', 'place_anew'], ['ready', 'expired', 'ready']]);
});

test('the Worker decides how often it is asked: as rarely as it wants, within half a second and five minutes; unsaid, every 5 s', () => {
  for (const [wish, pause] of [[9_000, 9_000], [2_000, 2_000], [10, 500], [0, 500], [-1, 500], [86_400_000, 300_000], [undefined, 5_000], ['soon', 5_000]]) {
    const page = Page.showing({ ask_again_in_ms: wish });
    assert.deepEqual(page.pauses(3 * pause, () => page.stillWaiting({ ask_again_in_ms: wish })), Array(3).fill(pause), String(wish));
  }
});

test('a page that nobody looks at asks half as often as the Worker wants', () => {
  const hidden = Page.showing();
  hidden.tell('visible', false).untilAsked().stillWaiting({ ask_again_in_ms: 4_000 });
  assert.deepEqual(hidden.pauses(40_000, () => hidden.stillWaiting({ ask_again_in_ms: 4_000 })), [8_000, 8_000, 8_000, 8_000, 8_000]);
});

test('a Worker in trouble is asked after 2, 4, 8, 16, 32 and 60 s, give or take a tenth, and at once again when it answers', () => {
  for (const [dice, factor] of [[0, 0.9], [0.5, 1], [1, 1.1]]) {
    mock.method(Math, 'random', () => dice);
    const page = Page.showing().untilAsked().answer(503);
    assert.equal(page.link, 'troubled');
    const pauses = page.pauses(300_000, () => page.silence());
    assert.deepEqual(pauses.slice(0, 7), [2, 4, 8, 16, 32, 60, 60].map((s) => Math.round(1000 * s * factor)));
  }
  const page = Page.showing().untilAsked().answer(503).untilAsked().answer(503).untilAsked().stillWaiting();
  assert.deepEqual([page.link, page.pauses(5_000, () => page.stillWaiting())], ['polling', [5_000]]);
});

test('429, 408, 425 and 5xx are trouble that passes; before any code another 4xx of the Worker is a refusal', () => {
  for (const status of [408, 425, 429, 500, 503]) {
    const refusal = (page) => page.refuse(status);
    for (const answer of [(page) => page.answer(status), refusal]) {
      const page = answer(new Page().tell('start'));
      const link = status === 429 && answer === refusal ? 'busy' : 'troubled';
      assert.deepEqual([page.state, page.link], ['creating', link], String(status));
    }
  }
  for (const status of [400, 401, 403, 404, 422, 499]) assert.equal(new Page().tell('start').refuse(status).failure, 'rejected', String(status));
});

/** How often it asks in vain before there was a code, and what it says then. */
function inVain(answer) {
  const page = new Page().tell('start');
  for (let tries = 1; tries < 20; tries += 1) {
    answer(page.untilAsked());
    if (page.state === 'failed') return [page.failure, tries];
    assert.equal(page.state, 'creating');
    assert.match(page.link, /^(troubled|busy)$/);
  }
}

test('before any code, what is not the Worker is the shop’s mistake after three tries, or six where it may yet be the Worker', () => {
  for (const status of [0, 200, 302, 401, 403, 404, 405, 409, 422]) assert.deepEqual(inVain((page) => page.answer(status)), ['shop_misconfigured', 3], String(status));
  for (const status of [408, 425, 429, 500, 502, 599]) assert.deepEqual(inVain((page) => page.answer(status)), ['shop_misconfigured', 6], String(status));
  for (const order of [{}, { id: 'H1', status: 'happy' }, { status: 'paid' }]) assert.deepEqual(inVain((page) => page.answer(200, order)), ['shop_misconfigured', 3]);
});

test('before any code, a Worker that is silent or overrun is unavailable after six tries, and at once when it wants more than a minute', () => {
  assert.deepEqual(inVain((page) => page.silence()), ['unavailable', 6]);
  for (const status of [429, 500, 503]) assert.deepEqual(inVain((page) => page.refuse(status)), ['unavailable', 6], String(status));
  assert.deepEqual(inVain((page) => page.answer(429, undefined, { code: 'too_many', retryAfter: 60_000 })), ['unavailable', 6]);
  assert.deepEqual(inVain((page) => page.answer(429, undefined, { code: 'too_many', retryAfter: 60_001 })), ['unavailable', 1]);
});

test('after a code nothing that is not the Worker ends the payment, however often it answers', () => {
  for (const answer of [(page) => page.silence(), (page) => page.answer(0), (page) => page.answer(200), (page) => page.answer(404), (page) => page.answer(503), (page) => page.refuse(503)]) {
    const page = Page.showing();
    for (let tries = 0; tries < 20; tries += 1) answer(page.untilAsked());
    assert.ok(['showing', 'checking'].includes(page.state), page.state);
    page.untilAsked().answer(200, anOrder('paid', { version: 2 }));
    assert.deepEqual([page.state, page.told], ['paid', ['ready', 'paid']]);
  }
});

test('what the Worker wants is obeyed for five minutes at most', () => {
  const page = Page.showing().untilAsked().answer(429, undefined, { retryAfter: 86_400_000 });
  const from = page.now;
  assert.equal(page.untilAsked().now - from, 300_000);
});

test('the shopper’s word makes it look at once, and says not yet when the Worker has seen nothing after 12 s', () => {
  const page = Page.showing();
  page.now += 1_000;
  page.tell('claim');
  assert.deepEqual([page.state, page.payable, page.asked.at(-1)], ['checking', true, 'look']);
  const claimedAt = page.now;
  page.stillWaiting();
  assert.deepEqual([page.state, page.refuted], ['checking', false]);
  for (let look = 0; look < 3; look += 1) page.untilAsked().stillWaiting();
  assert.deepEqual([page.state, page.refuted, page.now - claimedAt], ['showing', true, 12_000]);
  assert.deepEqual(page.told, ['ready'], 'one code, told once');
  page.tell('claim');
  assert.deepEqual([page.state, page.refuted], ['checking', false]);
});

test('I have paid works once until the Worker has looked, and only where there is a code', () => {
  const page = Page.showing();
  page.tell('claim').stillWaiting();
  for (let press = 0; press < 10; press += 1) page.tell('claim');
  assert.deepEqual(page.asked, ['place', 'look']);
  for (const name of ['claim', 'cancel', 'woken']) assert.deepEqual([new Page().tell(name).state, new Page().tell(name).asked], ['idle', []]);
});

test('given up before any code was shown it is over at once, and a late answer changes nothing', () => {
  const page = new Page().tell('start');
  const ticket = page.open;
  page.tell('cancel');
  assert.deepEqual([page.state, page.failure, page.told], ['cancelled', undefined, ['cancelled']]);
  page.tell('answered', { ticket, status: 201, order: anOrder() });
  assert.deepEqual([page.state, page.told], ['cancelled', ['cancelled']]);
});

test('giving up waits for the look in flight, hides the code, and paid wins over it', () => {
  const page = Page.showing().untilAsked().tell('cancel');
  assert.deepEqual([page.state, page.payable, page.asked], ['checking', false, ['place', 'look']]);
  page.stillWaiting();
  assert.deepEqual([page.state, page.asked.at(-1)], ['checking', 'cancel']);
  page.answer(200, anOrder('paid', { version: 2 }));
  assert.deepEqual([page.state, page.told], ['paid', ['ready', 'paid']]);
});

test('a shopper can leave though the Worker does not answer: after two tries', () => {
  const page = Page.showing().tell('cancel').silence();
  assert.equal(page.state, 'checking');
  page.untilAsked().silence();
  assert.deepEqual([page.state, page.failure, page.asked], ['cancelled', 'cancel_unanswered', ['place', 'cancel', 'cancel']]);
  // Another cancel before the order was found gives the same warning.
  page.tell('start').tell('cancel');
  assert.deepEqual([page.state, page.failure], ['cancelled', 'cancel_unanswered']);
});

test('at the end of the time the code goes and the Worker is asked at once; the clock alone ends nothing', () => {
  const page = Page.showing({ expires_at_ms: 1_002_000 });
  assert.deepEqual([page.deadline, page.wakeAt], [page.now + 2_000, page.now + 2_000]);
  page.now += 2_000;
  page.tell('woken');
  assert.deepEqual([page.state, page.payable, page.asked.at(-1)], ['checking', false, 'look']);
  page.answer(200, anOrder('awaiting_payment', { expires_at_ms: 1_000_000 }));
  assert.deepEqual([page.state, page.told], ['checking', ['ready']]);
  page.untilAsked().answer(200, anOrder('paid', { version: 2 }));
  assert.deepEqual(page.told, ['ready', 'paid'], 'money of the last second');
});

test('an answer that is older than what is known, or to another question, changes nothing', () => {
  const page = Page.showing({ version: 5 }).untilAsked();
  page.answer(200, anOrder('cancelled', { version: 4 }));
  assert.deepEqual([page.state, page.adopted], ['showing', undefined]);
  page.untilAsked();
  const ticket = page.open;
  page.tell('answered', { ticket: ticket - 1, status: 200, order: anOrder('paid', { version: 9 }) });
  assert.equal(page.state, 'showing');
  page.answer(200, anOrder('paid', { version: 9 }));
  assert.deepEqual([page.state, page.adopted], ['paid', true]);
});

test('what another tab was shown of this order counts here; of another it does not, nor after the end', () => {
  const page = Page.showing();
  page.tell('overheard', anOrder('paid', { id: 'H2', version: 2 }));
  page.tell('overheard', undefined);
  assert.equal(page.state, 'showing');
  page.tell('overheard', anOrder('paid', { version: 2 }));
  assert.deepEqual([page.state, page.adopted], ['paid', true]);
  page.tell('overheard', anOrder('awaiting_payment', { version: 3 }));
  assert.deepEqual([page.state, page.told], ['paid', ['ready', 'paid']]);
});

test('a device that calls itself offline is asked about at once, and any answer proves it wrong', () => {
  const page = Page.showing().tell('online', false);
  assert.deepEqual([page.link, page.payable, page.asked], ['offline', true, ['place', 'look']]);
  page.silence();
  assert.deepEqual([page.state, page.link], ['showing', 'offline']);
  page.untilAsked().stillWaiting();
  assert.equal(page.link, 'polling');
  page.tell('online', true).stillWaiting().tell('online', false);
  assert.equal(page.link, 'offline');
  page.answer(503);
  assert.equal(page.link, 'troubled', 'whatever it is, it came');
});

test('before the first answer a device that calls itself offline is asked about like any other', () => {
  const page = new Page().tell('online', false).tell('start');
  assert.deepEqual([page.state, page.link, page.asked], ['creating', 'offline', ['place']]);
  page.answer(201, anOrder());
  assert.deepEqual([page.state, page.link], ['showing', 'polling']);
});

test('a failed order says whose fault it was, and without a word that WeChat Pay refused it', () => {
  for (const [failure, told] of [['shop_misconfigured', 'shop_misconfigured'], ['gateway_unreachable', 'gateway_unreachable'], ['of_a_newer_worker', 'refused'], [undefined, 'refused']]) {
    const page = new Page().tell('start').answer(201, anOrder('failed', { failure }));
    assert.deepEqual([page.state, page.failure, page.told], ['failed', told, ['error']]);
  }
});

test('a code that is not there yet, or has no modules, is awaited', () => {
  for (const order of [anOrder('placing', { code: undefined }), anOrder('awaiting_payment', { code: undefined })]) {
    const page = new Page().tell('start').answer(201, order);
    assert.deepEqual([page.state, page.link, page.payable, page.told], ['creating', 'polling', false, []]);
    assert.equal(page.untilAsked().answer(200, anOrder()).state, 'showing');
  }
});

test('a key of another cart is replaced once', () => {
  const page = new Page().tell('start').refuse(409).untilAsked().refuse(409);
  assert.deepEqual([page.asked, page.state, page.failure], [['place', 'place_anew'], 'failed', 'rejected']);
});

test('once the Worker looks whether money came, a refusal of its key is no end, and warns who gives up', () => {
  const page = new Page().tell('start').answer(200, anOrder('checking')).untilAsked().refuse(404).untilAsked().refuse(422);
  assert.deepEqual([page.state, page.link, page.asked], ['checking', 'troubled', ['place', 'look', 'place']]);
  const placing = new Page().tell('start').answer(201, anOrder('placing', { code: undefined })).untilAsked().refuse(403);
  assert.deepEqual([placing.state, placing.failure], ['creating', undefined], 'a look that is refused decides nothing');
  assert.equal(placing.untilAsked().refuse(422).failure, 'rejected', 'nobody has seen a code');
});

test('a look that is refused again and again is asked for less and less, though the key finds the order each time', () => {
  mock.method(Math, 'random', () => 0.5);
  const page = Page.showing();
  const pauses = page.pauses(200_000, () => (page.asked.at(-1) === 'look' ? page.answer(403) : page.stillWaiting()));
  assert.deepEqual(pauses, [5, 2, 2, 4, 4, 8, 8, 16, 16, 32, 32, 60].map((s) => 1000 * s));
  const troubled = page.link;
  page.untilAsked().stillWaiting();
  page.untilAsked().stillWaiting();
  assert.deepEqual([troubled, page.link], ['troubled', 'polling'], 'a look that is answered ends it');
});

test('a new order that is over at once is told as over, and not replaced by yet another', () => {
  const page = new Page().tell('start').refuse(409).untilAsked().answer(201, anOrder('expired'));
  assert.deepEqual([page.asked, page.state, page.told], [['place', 'place_anew'], 'expired', ['expired']]);
});

test('a Worker that leaves the order open, though it was given up, is asked at the ordinary pace', () => {
  const page = Page.showing().tell('cancel');
  page.stillWaiting();
  assert.deepEqual([page.state, page.open], ['checking', undefined]);
  assert.deepEqual(page.pauses(10_000, () => page.stillWaiting()), [5_000, 5_000]);
});

test('while it is checked, it is asked as often as the Worker wants', () => {
  const page = Page.showing().untilAsked();
  const checking = () => page.answer(200, anOrder('checking', { version: 2, ask_again_in_ms: 2_000 }));
  checking();
  assert.deepEqual(page.pauses(4_000, checking), [2_000, 2_000]);
});

test('what the device says twice, and that nobody looks, hurries nothing', () => {
  const page = Page.showing();
  page.now += 1_000;
  page.tell('online', true).tell('visible', true).tell('visible', false).tell('visible', false);
  assert.equal(page.open, undefined);
  page.tell('online', false).stillWaiting();
  page.tell('online', false);
  assert.equal(page.open, undefined);
});

test('of another order that comes by its key the first version counts', () => {
  const page = Page.showing({ version: 9 }).untilAsked().answer(404).untilAsked().answer(200, anOrder('awaiting_payment', { id: 'H2', version: 1 }));
  assert.deepEqual([page.adopted, page.told], [true, ['ready', 'ready']]);
});

test('a code whose time is over goes though a request is still unanswered', () => {
  const page = Page.showing({ expires_at_ms: 1_006_000 }).untilAsked();
  assert.equal(page.wakeAt, page.deadline);
  page.now = page.wakeAt;
  page.tell('woken');
  assert.deepEqual([page.state, page.payable, page.asked, page.wakeAt], ['checking', false, ['place', 'look'], undefined]);
});

test('a key that a firewall refuses while a code may be paid makes no second order', () => {
  const page = Page.showing().untilAsked().answer(404).untilAsked().answer(409);
  assert.deepEqual([page.state, page.untilAsked().asked], ['showing', ['place', 'look', 'place', 'look']]);
});

test('looks at an order without a code that the Worker refuses for good are told as refused', () => {
  const placing = anOrder('placing', { code: undefined });
  const page = new Page().tell('start').answer(201, placing);
  while (page.state === 'creating') {
    page.untilAsked();
    if (page.asked.at(-1) === 'look') page.refuse(403);
    else page.answer(200, placing);
  }
  assert.deepEqual([page.failure, page.asked.filter((ask) => ask === 'look').length], ['rejected', 6]);
});

test('before there is an order nothing is overheard', () => {
  const page = new Page().tell('start').tell('overheard', anOrder('paid'));
  assert.deepEqual([page.state, page.told], ['creating', []]);
});

/** Paints on a canvas that already has another picture. Returns the rows of its pixels, `#` for black. */
function painted(order, room) {
  let pixels = [];
  const canvas = {
    set width(side) {
      pixels = Array.from({ length: side }, () => Array(side).fill('?'));
    },
    getContext: (kind) =>
      kind === '2d' && {
        fillRect(x, y, width, height) {
          const letter = { '#fff': '.', '#000': '#' }[this.fillStyle];
          for (let row = y; row < y + height; row += 1) pixels[row].fill(letter, x, x + width);
        },
      },
  };
  const side = paint(canvas, order, room);
  return { side, rows: pixels.map((row) => row.join('')) };
}

/** Three modules a side: the first row is dark, light, dark; the second light; the third dark. */
const CODE = { side: 3, modules: Buffer.from([0b10100011, 0b10000000]).toString('base64') };

test('the code is painted with a quiet zone of four white modules on every side, which scanners need', () => {
  const quiet = Array(4).fill('.'.repeat(11));
  assert.deepEqual(painted({ code: CODE }, 11), { side: 11, rows: [...quiet, '....#.#....', '.'.repeat(11), '....###....', ...quiet] });
});

test('each module has the same whole number of pixels, as many as there is room for', () => {
  const { side, rows } = painted({ code: CODE }, 32);
  assert.deepEqual([side, rows.length, rows[8], rows[9], rows[10]], [22, 22, '........##..##........', '........##..##........', '.'.repeat(22)]);
});

test('where there is no code, or no room for one, nothing is painted', () => {
  assert.deepEqual([painted({}, 300), painted({ code: CODE }, 10)], [{ side: 0, rows: [] }, { side: 0, rows: [] }]);
});

test('a script of 0.1 out of a cache is served by its own methods, and told the step by position', () => {
  const payment = new Payment();
  payment.online(0, true);
  payment.visible(0, true);
  const [state, link, , , , , , request] = payment.start(0);
  assert.deepEqual([state, link, request], ['creating', 'polling', [1, 'place']]);
  const order = { id: 'H1', status: 'awaiting_payment', version: 2, expires_at_ms: 60_000, server_time_ms: 0, code: {}, code_url: 'weixin://', ask_again_in_ms: 3000 };
  const shown = payment.answered(100, 1, 201, undefined, order, undefined);
  assert.deepEqual(shown, ['showing', 'polling', undefined, true, false, 60_100, true, undefined, 3000, 'ready']);
  const [, , , , , , , looks] = payment.woken(3_100);
  assert.deepEqual(looks, [2, 'look']);
  assert.equal(payment.answered(3_200, 2, 0)[1], 'troubled', 'no answer came');
  const paid = payment.overheard(3_300, { ...order, status: 'paid', version: 3 });
  assert.deepEqual([paid[0], paid[9]], ['paid', 'paid']);
  payment.free();
});
