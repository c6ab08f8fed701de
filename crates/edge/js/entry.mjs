// The Worker's entry. Cloudflare calls these functions. Each hands its call to the wasm and handles a trap of the wasm.

import { DurableObject } from 'cloudflare:workers';
import * as wasm from 'edge-wasm';

import { instanceNumber, replaceBy, within } from './instance.mjs';
import { respond } from './respond.mjs';
import { nextLook } from './look.mjs';

// The function names in a trap's stack show where it happened. The executor alone soon fills the default of ten frames.
Error.stackTraceLimit = 50;

replaceBy(() => {
  wasm.__wbg_reset_state();
  wasm.prepare();
});
wasm.prepare();

export default {
  fetch(request, env) {
    return within(
      () => wasm.fetch(request, env),
      () => {
        tell('the Worker', `${request.method} ${routeOf(request.url)}`);
        return answerOfLost(request);
      },
    );
  },

  scheduled(_event, env) {
    return within(
      () => wasm.scheduled(env),
      () => tell('the Worker', 'the cron trigger'),
    );
  },
};

/** The storage key under which the object counts the traps in which it lost something: `{ times, at }`. */
const TRAPS = 'traps';

/** The name of the object that keeps the books. No order number has a colon. */
const BOOKS = ':books';

/** One order's Durable Object, or that of the books. It outlives the wasm instance that its Rust half lives in. */
export class OrderObject extends DurableObject {
  #state;
  #env;
  #rust;
  /** The number of the instance that the Rust half lives in. */
  #home;
  #recovery;

  constructor(state, env) {
    super(state, env);
    this.#state = state;
    this.#env = env;
    this.#recovery = new Recovery(state);
    // The Rust half goes on with background work after it has answered. A trap loses that work, too, and its promise never
    // settles, so it must not be waited for. The Rust half holds the state, and the state this function: a function that
    // held the object would keep an object that was thrown out in memory for ever.
    const recovery = this.#recovery;
    const waitUntil = state.waitUntil.bind(state);
    state.waitUntil = (work) => waitUntil(recovery.after(() => work, 'what it did in the background'));
  }

  fetch(request) {
    const lost = () => answerOfLost(request);
    return this.#recovery.after(() => this.#order().fetch(request), () => `${request.method} ${routeOf(request.url)}`, lost);
  }

  /**
   * What a route asks, as a call and not as a request, which is quicker. The answer is its status, its headers (one text:
   * names and values by turns, a line each) and its body.
   */
  ask(path, header, body) {
    return this.#recovery.after(() => this.#order().ask(path, header, body), path, () => [LOST.status, LOST.headers, LOST.body]);
  }

  /** Does not throw after a trap: the platform would try a few more times and then drop the alarm. */
  async alarm() {
    await this.#recovery.after(() => this.#order().alarm(), 'its alarm');
  }

  /** No message of a page means anything. */
  webSocketMessage() {}

  /** Answers a page that closes its socket, because the page waits for it. If the page is already gone, this fails. */
  webSocketClose(socket) {
    try {
      socket.close(1000, 'closed');
    } catch {
      // The page is gone.
    }
  }

  webSocketError() {}

  /** The platform may leave the name out when an alarm rings. */
  #isOfTheBooks() {
    const { id } = this.#state;
    return id.name === undefined ? this.#env.ORDERS.idFromName(BOOKS).equals(id) : id.name === BOOKS;
  }

  /** The Rust half. It is made again when its instance is gone; it reads the storage, and the order goes on from there. */
  #order() {
    if (this.#home !== instanceNumber()) {
      const Half = this.#isOfTheBooks() ? wasm.Books : wasm.OrderObject;
      this.#rust = new Half(this.#state, this.#env);
      this.#home = instanceNumber();
    }
    return this.#rust;
  }
}

/** What brings an order on after a trap in which it lost something. */
class Recovery {
  #state;
  /** The number of the instance that followed the last trap in which this order lost something. */
  #recovered;

  constructor(state) {
    this.#state = state;
  }

  /** The call's result, or that of `lost`. After a loss the alarm is set; when it rings, the order does what is left to do. */
  after(call, what, lost) {
    return within(call, async () => {
      tell(`order ${this.#state.id.name ?? this.#state.id}`, typeof what === 'function' ? what() : what);
      if (this.#recovered !== instanceNumber()) {
        this.#recovered = instanceNumber();
        await this.#lookLater();
      }
      return lost?.();
    });
  }

  /** Replaces an alarm that is already set: that alarm may wait for the end of a lost call, or ring too soon. */
  async #lookLater() {
    const { storage } = this.#state;
    const { noted, lookAt } = nextLook(await storage.get(TRAPS), Date.now());
    await storage.put(TRAPS, noted);
    await storage.setAlarm(lookAt);
  }
}

/** The answer to a lost request when not even the new instance makes one. */
const LOST = {
  status: 500,
  headers: 'content-type\napplication/problem+json\ncache-control\nno-store\naccess-control-allow-origin\n*',
  body: '{"type":"about:blank","title":"Something failed here","status":500,"code":"internal"}',
};

/** The answer to a lost request. The instance that came after the trap makes it. */
function answerOfLost(request) {
  try {
    return wasm.lost(request);
  } catch {
    // The new instance does not run either.
    return respond(LOST.status, LOST.headers, LOST.body);
  }
}

/** The first two parts of the path. The rest may contain a secret of the shopper. */
function routeOf(url) {
  return new URL(url).pathname.split('/').slice(0, 3).join('/');
}

function tell(whose, what) {
  console.error(`${whose}: ${what} was lost in a trap`);
}
