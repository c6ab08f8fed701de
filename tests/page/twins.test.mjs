// Without WebAssembly another program decides about a payment by the same rules. Here both play the same stories, recorded
// ones and thousands that are made up, and have to ask, show and tell the same.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, describe, mock, test } from 'node:test';

import { Twins } from '../support/twins.mjs';

const STORIES = JSON.parse(readFileSync(new URL('twins.json', import.meta.url)));
const HISTORIES = Number(process.env.TWIN_HISTORIES ?? 2_000);
/** A history that failed is played again by its number. */
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
/** What `server.js` makes of an answer that is not the Worker's. */
const foreign = (status) => ({ status, problem: { detail: 'not the Worker' } });
const refusal = (status, retryAfter) => ({ status, retryAfter, problem: { code: 'played' } });

afterEach(() => mock.restoreAll());

describe('a story that both machines play', () => {
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

  for (const { story, steps, ends, told } of STORIES) {
    test(story, () => {
      const twins = new Twins();
      steps.forEach((step, at) => {
        try {
          play(twins, step, at + 1);
        } catch (error) {
          error.message = `at “${step}”, the ${at + 1}. step: ${error.message}`;
          throw error;
        }
      });
      const { state, failure, told: events } = twins.stands;
      assert.deepEqual([failure ? `${state} ${failure}` : state, events.join(' ')], [ends, told]);
      twins.free();
    });
  }
});
