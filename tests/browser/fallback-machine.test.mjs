// The fallback's session by itself, with a clock that the test moves: what it shares with the machine of the wasm
// (`crates/widget/src/session`), whose stories these are.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { ROOT } from '../support/project.mjs';

const { Payment } = await import(join(ROOT, 'crates', 'widget', 'js', 'fallback.js'));

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
    const [state, link, failure, payable, refuted, , , request, wake, event] = this.#payment[name](this.now, ...values);
    Object.assign(this, { state, link, failure, payable, refuted, wakeAt: wake === undefined ? undefined : this.now + wake });
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
    while (this.open === undefined) {
      this.now = this.wakeAt;
      this.tell('woken');
    }
    return this;
  }

  static showing() {
    return new Page().tell('start').answer(201, anOrder());
  }
}

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
  while (page.now < deadline - 30_000) page.untilAsked().answer(200, anOrder('awaiting_payment', { server_time_ms: 1_000_000 + page.now - 1_000 }));
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
