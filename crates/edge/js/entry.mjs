// The Worker's entry: what Cloudflare calls, each call handed to the wasm, and what is done when the wasm traps.

import * as wasm from 'edge-wasm';

import { Lost, instanceNumber, replaceBy, within } from './instance.mjs';

// The names in a trap's stack tell its place; ten frames of ours are soon full of the executor's.
Error.stackTraceLimit = 50;

replaceBy(() => {
  wasm.__wbg_reset_state();
  wasm.prepare();
});
wasm.prepare();

export default {
  async fetch(request, env, context) {
    const answer = await unlessLost(() => wasm.fetch(request, env, context));
    return answer === LOST ? answerOfLost(request, 'the Worker') : answer;
  },

  async scheduled(event, env, context) {
    if ((await unlessLost(() => wasm.scheduled(event, env, context))) === LOST) tell('the Worker', 'the cron trigger');
  },
};

/** After a trap an order's object looks after itself by its alarm, after this. */
const FIRST_LOOK_MS = 5_000;
/** An order that traps again and again is looked at ever more rarely, for each trap ends all calls of the isolate. */
const LAST_LOOK_MS = 3_600_000;
/** Traps this far apart have nothing to do with each other. */
const FORGET_MS = 24 * LAST_LOOK_MS;
/** Where the object notes what it lost: `{ times, at }`. */
const TRAPS = 'traps';

/** One order's Durable Object. It outlives the instance of the wasm that its Rust half lives in. */
export class OrderObject {
  #state;
  #env;
  #rust;
  #instance;

  constructor(state, env) {
    this.#state = state;
    this.#env = env;
  }

  async fetch(request) {
    const answer = await unlessLost(() => this.#order().fetch(request));
    if (answer !== LOST) return answer;
    // The loss is known here. An alarm that waits for the end of a lost call would come much later.
    const { look, set } = await this.#noteTrap();
    await this.#state.storage.setAlarm(Math.min(look, set ?? look));
    return answerOfLost(request, this.#name());
  }

  /** Never fails: the platform would try a few more times and then forget the alarm. */
  async alarm() {
    if ((await unlessLost(() => this.#order().alarm())) !== LOST) return;
    tell(this.#name(), 'its alarm');
    // The order may have set its next alarm before the trap; that may be too soon to try the same again.
    const { look, set } = await this.#noteTrap();
    await this.#state.storage.setAlarm(Math.max(look, set ?? look));
  }

  async webSocketMessage(socket, message) {
    await unlessLost(() => this.#order().webSocketMessage(socket, message));
  }

  async webSocketClose(socket, code, reason, wasClean) {
    await unlessLost(() => this.#order().webSocketClose(socket, code, reason, wasClean));
  }

  async webSocketError(socket, error) {
    await unlessLost(() => this.#order().webSocketError(socket, error));
  }

  /** The Rust half, made again when its instance is gone: it reads the storage, and the order goes on from there. */
  #order() {
    if (this.#instance !== instanceNumber()) {
      this.#rust = new wasm.OrderObject(this.#state, this.#env);
      this.#instance = instanceNumber();
    }
    return this.#rust;
  }

  #name() {
    return `order ${this.#state.id.name ?? this.#state.id}`;
  }

  /** When the order shall `look` after itself, and what its alarm is `set` to. */
  async #noteTrap() {
    const { storage } = this.#state;
    const now = Date.now();
    const before = await storage.get(TRAPS);
    const times = before && now - before.at < FORGET_MS ? before.times : 0;
    await storage.put(TRAPS, { times: times + 1, at: now });
    return { look: now + Math.min(FIRST_LOOK_MS * 2 ** times, LAST_LOOK_MS), set: await storage.getAlarm() };
  }
}

/** In the place of a result that was lost in a trap. */
const LOST = Symbol('lost');

async function unlessLost(call) {
  try {
    return await within(call);
  } catch (error) {
    if (error instanceof Lost) return LOST;
    throw error;
  }
}

/** Made by the instance that came after the trap. */
function answerOfLost(request, whose) {
  tell(whose, `${request.method} ${routeOf(request.url)}`);
  try {
    return wasm.lost(request);
  } catch {
    // Not even the new instance runs.
    return new Response('{"type":"about:blank","title":"Something failed here","status":500,"code":"internal"}', {
      status: 500,
      headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', 'access-control-allow-origin': '*' },
    });
  }
}

/** The first two parts of the path: what follows them may be a secret of the shopper's. */
function routeOf(url) {
  return new URL(url).pathname.split('/').slice(0, 3).join('/');
}

function tell(whose, what) {
  console.error(`${whose}: ${what} was lost in a trap`);
}
