// Runs one session: gives it a clock, a timer, the network and the page's visibility, and does what it says. One
// driver serves one cart. `close()` ends its timers, its socket and its requests.
//
// Optional parts (channels between tabs, sockets, the view) may fail; the payment goes on. A session that cannot be
// loaded or created ends in the event `error`.

import { forget, keyAfter, keyOf, settle } from './cart.js';
import { watch } from './live.js';
import { loadSession } from './loader.js';
import { json, optional } from './safe.js';
import { cancel, look, place } from './server.js';

/** The states in which the payment is not over. */
export const RUNNING = ['creating', 'showing', 'checking'];

export class Driver {
  /** What the session said last: the state of the payment, and what the view needs. */
  step = { state: 'idle', link: 'polling', payable: false };
  /** The order as the Worker last showed it. */
  order = null;
  /** The shopper has cancelled; until the next start. */
  quitting = false;
  /** The problem of the last answer, or `{ detail }` if no problem document came. */
  problem = null;

  #cart;
  #tell;
  #language;
  #session = null;
  #token = null;
  #key = null;
  #timer = 0;
  #request = null;
  #early = null;
  #tabs = null;
  #unwatch = null;
  #listeners = new AbortController();

  /**
   * @param {{ endpoint: string, goods?: object, id?: string, token?: string }} cart the Worker, and what is bought: the
   *   body of `POST /api/orders`, or the number and token of an order that the shop placed itself
   * @param {(event?: string) => void} tell called after every change; if an event is due, with its last word: `paid`
   * @param {() => string} language the language in which the goods are named
   */
  constructor(cart, tell, language = () => {}) {
    this.#cart = cart;
    this.#language = language;
    this.#token = cart.token;
    this.#tell = tell;
    const { signal } = this.#listeners;
    const online = () => this.#input('online', navigator.onLine);
    window.addEventListener('online', online, { signal });
    window.addEventListener('offline', online, { signal });
    document.addEventListener('visibilitychange', () => this.#input('visible', !document.hidden), { signal });
    // A page with an open socket does not enter the back/forward cache. After a return from the cache the timers are
    // late, so look immediately.
    window.addEventListener('pagehide', () => this.#unwatch?.(), { signal });
    window.addEventListener('pageshow', (event) => event.persisted && this.running && (this.#input('live', false), online(), this.#input('start')), { signal });
  }

  /** Copies the state and the order of another driver if it has the same cart. */
  show(other) {
    if (!this.isOf(other.#cart)) return;
    this.step = other.step;
    this.order = other.order;
  }

  /** Whether this cart is the driver’s own. */
  isOf(cart) {
    return json(cart) === json(this.#cart);
  }

  get closed() {
    return this.#listeners.signal.aborted;
  }

  get running() {
    return RUNNING.includes(this.step.state);
  }

  /** The shopper pressed *pay*, *new code* or *try again now*. */
  async start() {
    const { signal } = this.#listeners;
    this.quitting = false;
    if (!this.#session) {
      if (!this.#cart.endpoint) return this.#fail('shop_misconfigured', 'The endpoint is no address.');
      // Place the order while the wasm is still loading. The session's first request gets this answer.
      this.#early ??= this.#ask('place', signal);
      this.#early.catch(() => {}); // the session gets the failure
      this.#say('creating');
      try {
        const Session = await loadSession();
        // Meanwhile the shopper may have cancelled, or another start may have been quicker.
        if (signal.aborted || !this.running) return;
        this.#session ??= this.#newSession(Session);
      } catch ({ code, message }) {
        // Other errors have other codes: that of a DOMException is a number.
        if (!signal.aborted && this.running) this.#fail(/^un[ls]/.test(code) ? code : 'unsupported', message);
        return;
      }
    }
    this.#input('start');
  }

  claim() {
    this.#input('claim');
  }

  cancel() {
    if (!this.running || this.#listeners.signal.aborted) return;
    this.quitting = true;
    if (this.#session) return this.#input('cancel');
    this.#early = null;
    this.#say('cancelled', 'cancelled'); // no code was shown
  }

  close() {
    this.#listeners.abort();
    this.#tabs?.close();
    this.#unwatch?.();
    this.#request?.abort();
    clearTimeout(this.#timer);
    this.#session?.free();
    this.#session = null;
  }

  #fail(code, detail) {
    this.#early = null;
    this.problem = { detail };
    this.#say('failed', 'error', code);
  }

  /** Sets the state while there is no session. */
  #say(state, event, failure) {
    this.step = { state, link: navigator.onLine ? 'polling' : 'offline', payable: false, failure };
    this.#tell(event);
  }

  #newSession(Session) {
    const session = new Session(crypto.getRandomValues(new Uint32Array(1))[0]);
    session.tell(performance.now(), 'online', navigator.onLine);
    session.tell(performance.now(), 'visible', !document.hidden);
    return session;
  }

  /** Tells the session what happened (`src/shell.rs` lists the words) and does what the session answers. */
  #input(what, value, answer) {
    if (this.#session) this.#follow(this.#session.tell(performance.now(), what, value), answer);
  }

  #follow({ event, adopted, ticket, ask, wake, connect, ...step }, answer) {
    this.step = step;
    if (adopted) this.#adopt(answer.order);
    if (this.#key && step.state === 'paid') settle(this.#cart, this.#key);
    if (this.#key && step.state === 'failed' && this.order?.status === 'failed') forget(this.#cart, this.#key);
    clearTimeout(this.#timer);
    if (wake !== undefined) this.#timer = setTimeout(() => this.#input('woken'), wake);
    if (ask) this.#send(ticket, ask);
    else if (!this.running) this.#request?.abort();
    if (connect) this.#watch();
    else if (!this.running) this.#unwatch?.();
    this.#tell(event);
  }

  /** Keeps this order, and listens to the other tabs that show it. */
  #adopt(order) {
    if (!this.#tabs || this.order.id !== order.id) {
      this.#tabs?.close();
      this.#tabs = optional(() => new BroadcastChannel(`wechat-pay ${order.id}`));
      if (this.#tabs) this.#tabs.onmessage = ({ data }) => this.#overhear(data);
    }
    // The Worker names the files that were bought by its own paths.
    for (const file of order.downloads ?? []) file.url = this.#cart.endpoint + file.url;
    this.order = order;
  }

  #share(order) {
    optional(() => this.#tabs.postMessage(order));
  }

  #overhear(order) {
    this.#input('overheard', order, { order });
  }

  #watch() {
    this.#unwatch?.();
    const up = (up) => this.#input('live', up);
    const pushed = (order) => {
      this.#share(order);
      this.#overhear(order);
    };
    // The page's policy may forbid sockets.
    this.#unwatch = optional(() => watch(this.#cart, this.order.id, this.#token, up, pushed));
    if (!this.#unwatch) up(false);
  }

  async #send(ticket, ask) {
    this.#request?.abort();
    const { signal } = (this.#request = new AbortController());
    const answer = await this.#ask(ask, signal).catch(({ message }) => ({ problem: { detail: message } }));
    if (signal.aborted || !this.#session) return;
    this.#token = answer.token ?? this.#token;
    this.problem = answer.problem;
    if (answer.order) this.#share(answer.order);
    this.#input('answered', { ...answer, ticket }, answer);
  }

  #place(known, signal) {
    this.#key = known.key;
    return place(this.#cart, known, signal, this.#language());
  }

  async #ask(ask, signal) {
    const early = this.#early;
    this.#early = null;
    const { id } = this.#cart;
    if (id && ask !== 'cancel') return early ?? look(this.#cart, id, this.#token, signal);
    switch (ask) {
      case 'place':
        return early ?? this.#place(await keyOf(this.#cart), signal);
      case 'place_anew':
        return this.#place(await keyAfter(this.#cart, this.#key), signal);
      case 'look':
        return look(this.#cart, this.order.id, this.#token, signal);
      case 'cancel':
        return cancel(this.#cart, this.order.id, this.#token, signal);
    }
  }
}
