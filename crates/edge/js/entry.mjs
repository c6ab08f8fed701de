// The Worker's entry. Cloudflare calls these functions. Each hands its call to the wasm and handles a trap of the wasm.

import * as wasm from 'edge-wasm';

import { Lost, instanceNumber, replaceBy, within } from './instance.mjs';
import { nextLook } from './look.mjs';

// The function names in a trap's stack show where it happened. The executor alone soon fills the default of ten frames.
Error.stackTraceLimit = 50;

replaceBy(() => {
  wasm.__wbg_reset_state();
  wasm.prepare();
});
wasm.prepare();

export default {
  async fetch(request, env, context) {
    const answer = await unlessLost(() => wasm.fetch(request, env, context));
    if (answer !== LOST) return answer;
    tell('the Worker', `${request.method} ${routeOf(request.url)}`);
    return answerOfLost(request);
  },

  async scheduled(event, env, context) {
    if ((await unlessLost(() => wasm.scheduled(event, env, context))) === LOST) tell('the Worker', 'the cron trigger');
  },
};

/** The storage key under which the object counts the traps in which it lost something: `{ times, at }`. */
const TRAPS = 'traps';

/** One order's Durable Object. It outlives the wasm instance that its Rust half lives in. */
export class OrderObject {
  #state;
  #env;
  #rust;
  /** The number of the instance that the Rust half lives in. */
  #home;
  /** The number of the instance that followed the last trap in which this order lost something. */
  #recovered;

  constructor(state, env) {
    this.#state = state;
    this.#env = env;
    // The Rust half goes on with background work after it has answered. A trap loses that work, too, and its promise never
    // settles, so it must not be waited for.
    const waitUntil = state.waitUntil.bind(state);
    state.waitUntil = (work) => waitUntil(this.#recovering('what it did in the background', () => work));
  }

  async fetch(request) {
    const answer = await this.#recovering(`${request.method} ${routeOf(request.url)}`, () => this.#order().fetch(request));
    return answer === LOST ? answerOfLost(request) : answer;
  }

  /** Does not throw after a trap: the platform would try a few more times and then drop the alarm. */
  async alarm() {
    await this.#recovering('its alarm', () => this.#order().alarm());
  }

  async webSocketMessage(socket, message) {
    await this.#recovering('a message', () => this.#order().webSocketMessage(socket, message));
  }

  async webSocketClose(socket, code, reason, wasClean) {
    await this.#recovering('a goodbye', () => this.#order().webSocketClose(socket, code, reason, wasClean));
  }

  async webSocketError(socket, error) {
    await this.#recovering('an error', () => this.#order().webSocketError(socket, error));
  }

  /** The Rust half. It is made again when its instance is gone; it reads the storage, and the order goes on from there. */
  #order() {
    if (this.#home !== instanceNumber()) {
      this.#rust = new wasm.OrderObject(this.#state, this.#env);
      this.#home = instanceNumber();
    }
    return this.#rust;
  }

  /** The call's result, or `LOST`. After a loss the alarm is set; when it rings, the order does what is left to do. */
  async #recovering(what, call) {
    const result = await unlessLost(call);
    if (result !== LOST) return result;
    tell(`order ${this.#state.id.name ?? this.#state.id}`, what);
    if (this.#recovered !== instanceNumber()) {
      this.#recovered = instanceNumber();
      await this.#lookLater();
    }
    return LOST;
  }

  /** Replaces an alarm that is already set: that alarm may wait for the end of a lost call, or ring too soon. */
  async #lookLater() {
    const { storage } = this.#state;
    const { noted, lookAt } = nextLook(await storage.get(TRAPS), Date.now());
    await storage.put(TRAPS, noted);
    await storage.setAlarm(lookAt);
  }
}

/** Stands for a result that was lost in a trap. */
const LOST = Symbol('lost');

async function unlessLost(call) {
  try {
    return await within(call);
  } catch (error) {
    if (error instanceof Lost) return LOST;
    throw error;
  }
}

/** The answer to a lost request. The instance that came after the trap makes it. */
function answerOfLost(request) {
  try {
    return wasm.lost(request);
  } catch {
    // The new instance does not run either.
    return new Response('{"type":"about:blank","title":"Something failed here","status":500,"code":"internal"}', {
      status: 500,
      headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', 'access-control-allow-origin': '*' },
    });
  }
}

/** The first two parts of the path. The rest may contain a secret of the shopper. */
function routeOf(url) {
  return new URL(url).pathname.split('/').slice(0, 3).join('/');
}

function tell(whose, what) {
  console.error(`${whose}: ${what} was lost in a trap`);
}
