// The fallback's session by itself, with a clock that the test moves: what it shares with the machine of the wasm
// (`crates/widget/src/session`), whose stories these are.

import assert from 'node:assert/strict';
import { afterEach, mock, test } from 'node:test';

import { load } from '../support/page-in-node.mjs';

const { paint, Payment } = await load('fallback.js');

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

/** A page: what it asked, what it told, and when it wants to be woken. */
class Page {
  now = 1_000;
  asked = [];
  told = [];
  #payment = new Payment();

  tell(name, ...values) {
    const [state, link, failure, payable, refuted, deadline, adopted, request, wake, event] = this.#payment[name](this.now, ...values);
    Object.assign(this, { state, link, failure, payable, refuted, deadline, adopted, wakeAt: wake === undefined ? undefined : this.now + wake });
    if (request) {
      assert.equal(this.open, undefined, 'two requests in flight');
      [this.open] = request;
      this.asked.push(request[1]);
    }
    if (event) this.told.push(event);
    if (['paid', 'expired', 'cancelled', 'failed'].includes(state)) this.open = undefined;
    return this;
  }

  answer(status, order, { retryAfter, code } = {}) {
    const ticket = this.open;
    this.open = undefined;
    return this.tell('answered', ticket, status, retryAfter, order, code);
  }

  untilAsked() {
    for (let woken = 0; this.open === undefined; woken += 1) {
      assert.ok(this.wakeAt >= this.now && woken < 10, 'it waits for nothing');
      this.now = this.wakeAt;
      this.tell('woken');
    }
    return this;
  }

  /** How long it waits between its requests, in milliseconds, while each is answered in this way. */
  pauses(forMs, answer) {
    const pauses = [];
    for (let from = this.now, end = this.now + forMs; this.untilAsked().now <= end; from = this.now) {
      pauses.push(this.now - from);
      assert.ok(pauses.length < 1000, 'it asks without a pause');
      answer(this);
    }
    return pauses;
  }

  /** The order is still waiting, with as much time left as there is. */
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
  assert.equal(new Page().tell('start').answer(422).failure, 'rejected');
  assert.equal(new Page().tell('start').answer(500, undefined, { code: 'misconfigured' }).failure, 'shop_misconfigured');
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
    for (let failure = 0; failure < 4; failure += 1) page.untilAsked().answer(0);
    if (away) page.tell(...away);
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
  for (const order of [undefined, {}, { id: 'H1', status: 'happy' }, { status: 'paid' }]) {
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

test('a shopper who waits is asked for every 4 s, after a minute every 15 s, after five every 40 s: 68 times in half an hour', () => {
  const page = Page.showing();
  const pauses = page.pauses(LASTS_MS - 1, () => page.stillWaiting());
  assert.deepEqual(pauses, [...Array(15).fill(4_000), ...Array(16).fill(15_000), ...Array(37).fill(40_000)]);
});

test('a page that nobody looks at asks half as often, and the Worker’s wish is the least pause', () => {
  const hidden = Page.showing();
  hidden.tell('visible', false).untilAsked().stillWaiting();
  assert.deepEqual(hidden.pauses(40_000, () => hidden.stillWaiting()), [8_000, 8_000, 8_000, 8_000, 8_000]);
  const wished = Page.showing({ ask_again_in_ms: 9_000 });
  assert.deepEqual(wished.pauses(20_000, () => wished.stillWaiting({ ask_again_in_ms: 9_000 })), [9_000, 9_000]);
  const impatient = Page.showing({ ask_again_in_ms: 10 });
  assert.deepEqual(impatient.pauses(9_000, () => impatient.stillWaiting({ ask_again_in_ms: 10 })), [4_000, 4_000]);
});

test('a Worker in trouble is asked after 2, 4, 8, 16, 32 and 60 s, give or take a tenth, and at once again when it answers', () => {
  for (const [dice, factor] of [[0, 0.9], [0.5, 1], [1, 1.1]]) {
    mock.method(Math, 'random', () => dice);
    const page = Page.showing().untilAsked().answer(503);
    assert.equal(page.link, 'troubled');
    const pauses = page.pauses(300_000, () => page.answer(0));
    assert.deepEqual(pauses.slice(0, 7), [2, 4, 8, 16, 32, 60, 60].map((s) => Math.round(1000 * s * factor)));
  }
  const page = Page.showing().untilAsked().answer(503).untilAsked().answer(503).untilAsked().stillWaiting();
  assert.deepEqual([page.link, page.pauses(4_000, () => page.stillWaiting())], ['polling', [4_000]]);
});

test('429, 408, 425 and 5xx are trouble that passes; before any code another 4xx is a refusal', () => {
  for (const status of [408, 425, 429, 500, 503, 0, 302]) {
    const page = new Page().tell('start').answer(status);
    assert.deepEqual([page.state, page.link], ['creating', 'troubled'], String(status));
  }
  for (const status of [400, 401, 403, 404, 422, 499]) assert.equal(new Page().tell('start').answer(status).failure, 'rejected', String(status));
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
  page.tell('answered', ticket, 201, undefined, anOrder());
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
  const page = Page.showing().tell('cancel').answer(0);
  assert.equal(page.state, 'checking');
  page.untilAsked().answer(0);
  assert.deepEqual([page.state, page.failure, page.asked], ['cancelled', 'cancel_unanswered', ['place', 'cancel', 'cancel']]);
  // And giving up again, before the order was found, warns as well.
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
  page.tell('answered', ticket - 1, 200, undefined, anOrder('paid', { version: 9 }));
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

test('offline nothing is asked and that is said; a code that is there can still be paid', () => {
  const page = Page.showing().tell('online', false);
  assert.deepEqual([page.link, page.payable, page.wakeAt], ['offline', true, undefined]);
  page.now += 60_000;
  page.tell('start').tell('visible', false).tell('visible', true);
  assert.equal(page.open, undefined);
  page.tell('online', true);
  assert.deepEqual([page.link, page.asked.length], ['polling', 2]);
});

test('a failed order says whose fault it was, and without a word that WeChat Pay refused it', () => {
  for (const [failure, told] of [['shop_misconfigured', 'shop_misconfigured'], ['gateway_unreachable', 'gateway_unreachable'], [undefined, 'refused']]) {
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
  const page = new Page().tell('start').answer(409).untilAsked().answer(409);
  assert.deepEqual([page.asked, page.state, page.failure], [['place', 'place_anew'], 'failed', 'rejected']);
});

test('once the Worker looks whether money came, a refusal of its key is no end, and warns who gives up', () => {
  const page = new Page().tell('start').answer(200, anOrder('checking')).untilAsked().answer(404).untilAsked().answer(422);
  assert.deepEqual([page.state, page.link, page.asked], ['checking', 'troubled', ['place', 'look', 'place']]);
  const placing = new Page().tell('start').answer(201, anOrder('placing', { code: undefined })).untilAsked().answer(403);
  assert.deepEqual([placing.state, placing.failure], ['creating', undefined], 'a look that is refused decides nothing');
  assert.equal(placing.untilAsked().answer(422).failure, 'rejected', 'nobody has seen a code');
});

test('a look that is refused again and again is asked for less and less, though the key finds the order each time', () => {
  mock.method(Math, 'random', () => 0.5);
  const page = Page.showing();
  const pauses = page.pauses(200_000, () => (page.asked.at(-1) === 'look' ? page.answer(403) : page.stillWaiting()));
  assert.deepEqual(pauses, [4, 2, 2, 4, 4, 8, 8, 16, 16, 32, 32, 60].map((s) => 1000 * s));
  const troubled = page.link;
  page.untilAsked().stillWaiting();
  page.untilAsked().stillWaiting();
  assert.deepEqual([troubled, page.link], ['troubled', 'polling'], 'a look that is answered ends it');
});

test('a new order that is over at once is told as over, and not replaced by yet another', () => {
  const page = new Page().tell('start').answer(409).untilAsked().answer(201, anOrder('expired'));
  assert.deepEqual([page.asked, page.state, page.told], [['place', 'place_anew'], 'expired', ['expired']]);
});

test('a Worker that leaves the order open, though it was given up, is asked at the ordinary pace', () => {
  const page = Page.showing().tell('cancel');
  page.stillWaiting();
  assert.deepEqual([page.state, page.open], ['checking', undefined]);
  assert.deepEqual(page.pauses(8_000, () => page.stillWaiting()), [4_000, 4_000]);
});

test('while it is checked, it is asked every 4 s, however long that takes', () => {
  const page = Page.showing();
  page.pauses(400_000, () => page.stillWaiting());
  page.answer(200, anOrder('checking', { version: 2 }));
  assert.deepEqual(page.pauses(8_000, () => page.answer(200, anOrder('checking', { version: 2 }))), [4_000, 4_000]);
});

test('what the device says twice, or says is worse, hurries nothing', () => {
  const page = Page.showing();
  page.now += 1_000;
  page.tell('online', true).tell('visible', true).tell('visible', false).tell('visible', false);
  assert.equal(page.open, undefined);
  page.tell('online', false).tell('online', false);
  assert.equal(page.open, undefined);
});

test('of another order that comes by its key the first version counts', () => {
  const page = Page.showing({ version: 9 }).untilAsked().answer(404).untilAsked().answer(200, anOrder('awaiting_payment', { id: 'H2', version: 1 }));
  assert.deepEqual([page.adopted, page.told], [true, ['ready', 'ready']]);
});

test('before there is an order nothing is overheard', () => {
  const page = new Page().tell('start').tell('overheard', anOrder('paid'));
  assert.deepEqual([page.state, page.told], ['creating', []]);
});

/** What is painted on a canvas that had another picture on it: rows of its pixels, `#` for black. */
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
