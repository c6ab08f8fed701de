// The two sessions that decide about a payment on its page, side by side: the session in the wasm, and the fallback. Both
// get the same inputs and the same answers. Each has its own clock, because their pauses differ. Both must ask, tell and
// show the same. The fallback has no socket, so the socket of the wasm never opens here.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { ROOT, WWW } from '../project.mjs';
import { load } from './page-in-node.mjs';

/** Where a build leaves the script that starts the wasm. */
const GLUE = join(process.env.WIDGET_GLUE ?? join(ROOT, 'target', 'wasm', 'widget-glue'), 'wechat-pay.js');

const FINAL = ['paid', 'expired', 'cancelled', 'failed'];
const CLAIM_LASTS_MS = 12_000;
/** The wasm waits half a second between two requests, the fallback does not wait. This time is longer. */
const GAP_MS = 600;

const { imports, Session: InWasm, started } = await import(pathToFileURL(GLUE));
const { instance } = await WebAssembly.instantiate(readFileSync(join(WWW, 'widget', 'wechat-pay_bg.wasm')), imports());
started(instance);
const { Session: Fallback } = await load('fallback.js');

/** One session, its clock, and what it did. */
class Twin {
  now = 1_000;
  told = [];
  open = undefined;
  #session;

  constructor(name, Session, seed) {
    this.name = name;
    this.#session = new Session(seed);
    this.step = { state: 'idle' };
  }

  get running() {
    return !FINAL.includes(this.step.state) && this.step.state !== 'idle';
  }

  free() {
    this.#session.free();
  }

  tell(what, value) {
    const { ticket, ask, wake, event, connect, adopted, ...step } = this.#session.tell(this.now, what, value);
    this.step = step;
    this.adopted ||= Boolean(adopted);
    this.wakeAt = wake === undefined ? undefined : this.now + wake;
    if (ask) {
      assert.equal(this.open, undefined, `${this.name}: two requests in flight`);
      this.open = { ticket, ask };
    }
    if (event) this.told.push(event);
    if (what === 'claim') this.claimedAt = this.now;
    if (!this.running) this.open = undefined;
    this.#keepsTheRules(what, value, { wake, adopted });
    if (connect) this.tell('live', false);
  }

  #keepsTheRules(what, value, { wake, adopted }) {
    const { state, payable, deadline, failure } = this.step;
    const heard = what === 'overheard' ? value : value?.order;
    if (adopted) this.order = heard;
    // A new order follows an order that is over, or an order of another cart.
    const isOver = what === 'start' && FINAL.includes(this.order?.status);
    if (isOver || this.open?.ask === 'place_anew' || (value?.status === 409 && value.problem.code)) this.atStake = false;
    if (adopted && ['awaiting_payment', 'checking'].includes(heard.status)) this.atStake = true;
    const says = (rule, holds) => assert.ok(holds, `${this.name}: ${rule}, but is ${state} ${failure ?? ''} after ${what}`);
    says('running it waits for something', !this.running || this.open || (wake >= 0 && wake < Infinity));
    says('at an end it waits for nothing', this.running || (wake === undefined && !this.open));
    says('a code is shown only while it can be paid', !payable || (this.running && this.now < deadline));
    if (['paid', 'expired'].includes(state)) says('only the order is over', this.order?.status === state);
    if (state === 'cancelled' && !failure && this.order) says('a cancelling is told as confirmed only when it is', this.order.status === state || !this.atStake);
    if (state === 'failed' && this.atStake) says('after a code nothing but the order fails', this.order.status === state);
  }

  /** Lets this time pass, and wakes the session whenever it wants to be woken. */
  pass(ms) {
    const until = this.now + ms;
    for (let woken = 0; this.wakeAt <= until; woken += 1) {
      assert.ok(woken < 10_000, `${this.name}: it is woken again and again`);
      this.wake();
    }
    this.now = until;
  }

  wake() {
    this.now = this.wakeAt;
    this.tell('woken');
  }

  untilAsked() {
    for (let woken = 0; !this.open; woken += 1) {
      assert.ok(this.wakeAt >= this.now && woken < 100, `${this.name}: it asks for nothing more`);
      this.wake();
    }
  }

  answer(answer) {
    const { ticket } = this.open;
    this.open = undefined;
    this.last = { ...answer, ticket };
    this.tell('answered', this.last);
  }

  get claims() {
    return this.now < this.claimedAt + CLAIM_LASTS_MS;
  }
}

/** Both sessions, kept in step. */
export class Twins {
  #twins;

  constructor(seed = 7) {
    this.#twins = [new Twin('the wasm', InWasm, seed), new Twin('the fallback', Fallback, seed)];
  }

  /** The state of both, and all events that they have told. */
  get stands() {
    const [{ step, told }] = this.#twins;
    return { state: step.state, failure: step.failure, told };
  }

  /** What both ask now, or undefined. */
  get asks() {
    return this.#twins[0].open?.ask;
  }

  get running() {
    return this.#twins[0].running;
  }

  free() {
    for (const twin of this.#twins) twin.free();
  }

  tell(what, value) {
    this.pass(GAP_MS);
    this.#both((twin) => twin.tell(what, value));
  }

  /** Waits until both ask, and returns what they ask. */
  asked() {
    this.#both((twin) => twin.untilAsked());
    return this.asks;
  }

  answer(answer) {
    this.#both((twin) => {
      twin.untilAsked();
      twin.answer(answer);
    });
  }

  /** The last answer comes a second time, and then an answer that nobody asked for. */
  answerAgain() {
    this.#both((twin) => {
      if (twin.last) twin.tell('answered', twin.last);
      twin.tell('answered', { ...twin.last, ticket: 1e6 });
    });
  }

  pass(ms) {
    this.#both((twin) => twin.pass(ms));
  }

  passToTheEnd() {
    this.#both((twin) => twin.pass(twin.step.deadline - twin.now));
  }

  #both(act) {
    for (const twin of this.#twins) {
      twin.adopted = false;
      act(twin);
    }
    const adopted = this.#twins.map((twin) => twin.adopted);
    assert.equal(adopted[1], adopted[0], 'one takes the order and the other does not');
    this.#catchUp();
    const [wasm, fallback] = this.#twins.map(({ step, told, open, running }) => ({
      state: step.state,
      failure: step.failure,
      payable: step.payable,
      refuted: step.refuted,
      link: running ? step.link : undefined,
      told: told.join(' '),
      asks: open?.ask,
    }));
    assert.deepEqual(fallback, wasm);
  }

  /** The two look at different times, so this brings the one that is behind to where the other is. */
  #catchUp() {
    const [one, other] = this.#twins;
    for (const [behind, ahead] of [[one, other], [other, one]]) {
      // Its claim still runs; the claim of the other is over.
      while (behind.claims && behind.step.state === 'checking' && ahead.step.state === 'showing') {
        const { order } = ahead;
        for (const twin of this.#twins) {
          twin.untilAsked();
          twin.answer({ status: 200, order });
        }
      }
      if (ahead.open && behind.running && !behind.open) behind.untilAsked();
    }
  }
}
