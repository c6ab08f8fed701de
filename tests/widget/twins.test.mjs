// Without WebAssembly another program decides about a payment by the same rules. Here both play the same stories, recorded
// ones and thousands of invented ones. Both must ask, show and tell the same.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, describe, test } from 'node:test';

import { Twins } from '../support/page/twins.mjs';

const STORIES = JSON.parse(readFileSync(new URL('twins.json', import.meta.url)));
const HISTORIES = Number(process.env.TWIN_HISTORIES ?? 2_000);
/** The number of a failed history plays it again. */
const FIRST = Number(process.env.TWIN_FIRST ?? 1);

const LASTS_MS = 24 * 3600_000;
const CODE = { code: { side: 29, modules: '' }, code_url: 'weixin://wxpay/bizpayurl?pr=abc' };

/** An order as the Worker shows it. */
const anOrder = ({ status = 'awaiting_payment', id = 'H1', version = 1, leftMs = LASTS_MS, ...more }) => ({
  id,
  status,
  version,
  ...(status === 'awaiting_payment' ? CODE : {}),
  server_time_ms: 1_000_000,
  expires_at_ms: 1_000_000 + leftMs,
  ask_again_in_ms: 3_000,
  ask_again_when_live_in_ms: 3_000,
  ...more,
});

const RUBBISH = { id: 'H1', status: 'happy' };
const SILENCE = { problem: { detail: 'nothing' } };
const MISCONFIGURED = { status: 500, problem: { code: 'misconfigured' } };
/** An answer that is not from the Worker, in the form of `server.js`. */
const foreign = (status) => ({ status, problem: { detail: 'not the Worker' } });
const refusal = (status, retryAfter) => ({ status, retryAfter, problem: { code: 'played' } });

const { random } = Math;
afterEach(() => (Math.random = random));

describe('a story that both sessions play', () => {
  /** `awaiting v=2 id=H1 left=0`: an order; its version goes up by itself. */
  function read(text, version) {
    const [what, ...more] = text.split(' ');
    const { v, id, left, failure } = Object.fromEntries(more.map((each) => each.split('=')));
    if (what === 'rubbish') return RUBBISH;
    return anOrder({ status: what === 'awaiting' ? 'awaiting_payment' : what, id, version: Number(v ?? version), leftMs: left && Number(left), ...(failure && { failure }) });
  }

  function answerOf(text, version) {
    const [what, status, retry] = text.split(' ');
    if (what === 'silence') return SILENCE;
    if (what === 'misconfigured') return MISCONFIGURED;
    if (what === 'foreign') return foreign(Number(status));
    if (what === 'worker') return refusal(Number(status), retry && 1000 * Number(retry.split('=')[1]));
    return { status: 200, order: read(text, version) };
  }

  const TELLS = { offline: ['online', false], online: ['online', true], hide: ['visible', false], show: ['visible', true] };

  function play(twins, step, version) {
    const [, ask, answer] = /^(\w+): (.*)$/.exec(step) ?? [];
    if (ask === 'overheard') twins.tell('overheard', read(answer, version));
    else if (ask) {
      assert.equal(twins.asked(), ask);
      twins.answer(answerOf(answer, version));
    } else if (step === 'again') twins.answerAgain();
    else if (step === 'to the end') twins.passToTheEnd();
    else if (step.startsWith('wait ')) twins.pass(1000 * Number(step.split(' ')[1]));
    else twins.tell(...(TELLS[step] ?? [step]));
  }

  for (const { story, steps, ends, told, todo } of STORIES) {
    test(story, { todo }, () => {
      const twins = new Twins();
      steps.forEach((step, at) => {
        try {
          play(twins, step, at + 1);
        } catch (error) {
          throw new Error(`step ${at + 1}, “${step}”`, { cause: error });
        }
      });
      const { state, failure, told: events } = twins.stands;
      assert.deepEqual([failure ? `${state} ${failure}` : state, events.join(' ')], [ends, told]);
      twins.free();
    });
  }
});

/** Whole numbers below a bound, the same for the same seed (mulberry32). */
function diceOf(seed) {
  let state = seed * 0x9e3779b9;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** A played Worker. It has several orders; the last one is the cart's. */
class Worker {
  #orders = [];
  #views = [];

  get order() {
    return this.#orders.at(-1);
  }

  /** The page's answer to this question. The Worker does what was asked, even if the answer is lost. */
  asked(ask) {
    if (ask === 'place_anew' || !this.order) this.#orders.push({ id: `H${this.#orders.length + 1}`, status: 'placing', version: 1 });
    if (ask === 'cancel' && ['placing', 'awaiting_payment'].includes(this.order.status)) this.becomes('cancelled');
    return this.shown();
  }

  becomes(status, more) {
    Object.assign(this.order, { status, version: this.order.version + 1, ...more });
  }

  /** Something happens to the order: the shopper pays, time passes, WeChat Pay answers. */
  lives(roll) {
    const next = {
      placing: ['awaiting_payment', 'awaiting_payment', 'awaiting_payment', 'failed'],
      awaiting_payment: ['checking', 'checking', 'paid', 'expired'],
      checking: ['paid', 'expired', 'awaiting_payment'],
      // The money came late.
      expired: ['expired', 'expired', 'paid'],
      cancelled: ['cancelled', 'cancelled', 'paid'],
    }[this.order?.status];
    const status = next?.[roll(next.length)];
    if (status && status !== this.order.status) this.becomes(status, status === 'failed' && { failure: ['refused', 'shop_misconfigured', 'gateway_unreachable', undefined][roll(4)] });
  }

  shown(more) {
    const view = anOrder({ ...this.order, ...more });
    this.#views.push(view);
    return view;
  }

  /** An older view, of this order or an earlier one. */
  shownBefore(roll) {
    return this.#views[roll(this.#views.length)];
  }

  /** A late answer: an older view of this order. */
  shownLate(roll) {
    const views = this.#views.filter(({ id }) => id === this.order.id);
    return views[roll(views.length)];
  }
}

/** An answer, of many kinds, to what both ask. */
function answerTo(ask, worker, roll) {
  const view = worker.asked(ask);
  switch (roll(16)) {
    case 0:
    case 1:
      return SILENCE;
    case 2:
      return foreign([0, 200, 302, 403, 404, 409][roll(6)]);
    case 3:
      return foreign([408, 425, 429, 500, 502, 503][roll(6)]);
    case 4:
      return refusal([401, 403, 404, 422, 409][roll(ask === 'place' ? 5 : 4)]);
    case 5:
      return refusal([408, 425, 429, 500, 503][roll(5)], [undefined, 0, 20_000, 70_000, 900_000][roll(5)]);
    case 6:
      return MISCONFIGURED;
    case 7:
      return { status: 200, order: RUBBISH };
    case 8:
      return { status: 200, order: worker.shownLate(roll) };
    case 9:
      return { status: 200, order: worker.shown({ leftMs: 0 }) };
    default:
      return { status: ask.startsWith('place') ? 201 : 200, order: view };
  }
}

/** One thing happens. `note` gets its description first, for people who read a failed history. */
function happens(twins, worker, roll, note) {
  const tell = (...what) => {
    note(what.map((each) => (typeof each === 'object' ? JSON.stringify(each) : each)).join(' '));
    twins.tell(...what);
  };
  switch (roll(20)) {
    case 0:
      return tell('start');
    case 1:
      return twins.stands.state === 'showing' && tell('claim'); // the button exists only in this state
    case 2:
      return tell('cancel');
    case 3:
    case 4:
      return tell(...[['online', false], ['online', true], ['visible', false], ['visible', true]][roll(4)]);
    case 5:
      return worker.order && tell('overheard', [worker.shown(), worker.shownBefore(roll), { ...worker.shown(), id: 'X' }, RUBBISH, null, 7][roll(6)]);
    case 6:
      note('again');
      return twins.answerAgain();
    case 7: {
      const ms = roll(20_000);
      note(`${ms} ms`);
      return twins.pass(ms);
    }
    case 8:
    case 9:
    case 10:
      return worker.lives(roll);
    default: {
      if (!twins.running) return undefined;
      const ask = twins.asked();
      const answer = answerTo(ask, worker, roll);
      note(`${ask}: ${JSON.stringify(answer)}`);
      return twins.answer(answer);
    }
  }
}

/** Plays to the end: the Worker answers, and the order reaches its end. */
function comesToAnEnd(twins, worker, roll) {
  for (let answers = 0; twins.running; answers += 1) {
    assert.ok(answers < 60, 'it comes to no end');
    if (answers > 2) worker.lives(roll);
    twins.answer({ status: 200, order: worker.asked(twins.asked()) });
  }
  return twins.stands;
}

test('histories that are made up come to the same with both sessions, and neither breaks a rule', () => {
  const ends = new Map();
  for (let history = FIRST; history < FIRST + HISTORIES; history += 1) {
    const roll = diceOf(history);
    Math.random = () => roll(1000) / 1000;
    const twins = new Twins(history);
    const worker = new Worker();
    const steps = [];
    try {
      twins.tell('start');
      for (let step = 0; step < 40; step += 1) happens(twins, worker, roll, (what) => steps.push(what));
      const { state, failure } = comesToAnEnd(twins, worker, roll);
      const end = failure ? `${state} ${failure}` : state;
      ends.set(end, (ends.get(end) ?? 0) + 1);
    } catch (error) {
      throw new Error(`TWIN_FIRST=${history} TWIN_HISTORIES=1 plays it again:\n  start\n  ${steps.join('\n  ')}`, { cause: error });
    }
    twins.free();
  }
  if (HISTORIES >= 2_000) {
    const all = ['paid', 'expired', 'cancelled', 'cancelled cancel_unanswered', 'failed rejected', 'failed unavailable', 'failed refused', 'failed gateway_unreachable', 'failed shop_misconfigured'];
    assert.deepEqual([...ends.keys()].sort(), all.sort(), 'every end is come to');
  }
});
