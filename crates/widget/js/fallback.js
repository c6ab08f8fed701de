// The payment without WebAssembly. It is used where a page's policy lacks `wasm-unsafe-eval`, in Lockdown Mode, or when the
// wasm does not load. It replaces the wasm module and has the same methods; `src/session/mod.rs` has the table of states.
// It keeps the rules that protect the shopper: only the Worker says *paid* and *expired*; there is one request at a time;
// a code is shown only while it can be paid. It opens no socket; it polls. The order contains the code's modules.
//
// `tests/widget/twins.test.mjs` plays the same stories to both programs. `names.test.mjs` compares their numbers.

const QUIET_MODULES = 4;
const FINAL = { paid: 'paid', expired: 'expired', cancelled: 'cancelled', failed: 'error' };
const WAITING = { placing: 'creating', awaiting_payment: 'showing', checking: 'checking' };
const CLAIM_LASTS_MS = 12_000;

const isOrder = (order) => order?.id && isFinite(order.version + order.expires_at_ms - order.server_time_ms) && (FINAL[order.status] ?? WAITING[order.status]);

/**
 * The pause before the next request. After failures in a row: 2 s, doubled each time up to a minute, each 10 % more or less
 * by chance. Otherwise the pause that the Worker asks for, within bounds, and twice that in a hidden page.
 */
function pauseMs(failures, visible, wish) {
  if (failures) return (900 + 200 * Math.random()) * Math.min(60, 2 ** failures);
  return Math.min(Math.max(wish, 500) || 5000, 300_000) * (visible ? 1 : 2);
}

export class Session {
  #state = 'idle';
  #failure;
  #order;
  #deadline = 0;
  #online = true;
  #heard = false; // an answer has come since the device last went on- or offline
  #visible = true;
  #ticket = 0;
  #asked; // what the request in flight asks for
  #anew = false;
  #lost = false; // the Worker refused the last look
  #refusals = 0;
  #atStake = false; // a code may have been paid: failed requests do not end the payment, unless the shopper cancels
  #over = false; // the Worker said that the order is over
  #quitting = false;
  #claimed = -Infinity;
  #refuted = false;
  #failures = 0;
  #busy; // the last failure was that there were too many requests
  #due = 0;
  #notBefore = 0;
  #announced;
  #event;
  #adopted;

  tell(now, what, value) {
    this[what](now, value);
    return this.#plan(now);
  }

  start(now) {
    if (this.#state === 'idle') this.#begin(now, false);
    else if (FINAL[this.#state]) this.#begin(now, this.#over);
    else this.#hurry(now);
  }

  answered(now, { ticket, status, retryAfter, order, problem }) {
    const code = problem?.code;
    if (ticket !== this.#ticket || !this.#asked) return;
    const asked = this.#asked;
    this.#asked = undefined;
    this.#heard = status !== undefined;
    this.#busy = code && status === 429;
    if (isOrder(order)) this.#saw(now, order, asked);
    else if (code === 'misconfigured' && !this.#atStake) this.#fail('shop_misconfigured');
    else {
      const broken = !this.#heard || [408, 425, 429].includes(status) || status >= 500;
      const refused = status >= 400 && !broken && (code || this.#atStake || asked === 'cancel');
      if (code && status === 409 && asked === 'place') return this.#begin(now, true);
      if (refused) this.#refusals += this.#lost = asked === 'look';
      this.#failures += 1;
      this.#notBefore = now + Math.min(retryAfter ?? 0, 300_000);
      this.#due = Math.max(now + pauseMs(this.#failures), this.#notBefore);
      const tries = code && (retryAfter > 60_000 || (refused && !this.#lost)) ? 1 : broken || code ? 6 : 3;
      if (asked === 'cancel' && (refused || this.#failures > 1)) this.#fail('cancel_unanswered', 'cancelled');
      else if (!this.#atStake && this.#failures >= tries) this.#fail(refused ? 'rejected' : this.#heard && !code ? 'shop_misconfigured' : 'unavailable');
    }
  }

  overheard(now, order) {
    if (!isOrder(order) || order.id !== this.#order?.id || FINAL[this.#state]) return;
    this.#heard = true;
    this.#saw(now, order);
  }

  live() {}

  woken() {}

  online(now, online) {
    if (online !== this.#online) this.#hurry(now);
    this.#online = online;
    this.#heard = false;
  }

  visible(now, visible) {
    if (visible && !this.#visible) this.#hurry(now);
    this.#visible = visible;
  }

  claim(now) {
    if (this.#state === 'showing') {
      this.#claimed = now;
      this.#refuted = false;
      this.#state = 'checking';
      this.#hurry(now);
    }
  }

  cancel(now) {
    if (this.#state === 'creating' && !this.#order) this.#fail(this.#atStake ? 'cancel_unanswered' : undefined, 'cancelled');
    else if (this.#state !== 'idle' && !FINAL[this.#state]) {
      this.#quitting = true;
      this.#state = 'checking';
      this.#hurry(now);
    }
  }

  free() {}

  #begin(now, anew) {
    this.#state = 'creating';
    this.#order = this.#failure = this.#asked = this.#announced = undefined;
    this.#anew = anew;
    this.#atStake &&= !anew;
    this.#lost = this.#quitting = this.#refuted = this.#over = false;
    this.#claimed = -Infinity;
    this.#failures = this.#refusals = 0;
    this.#hurry(now);
  }

  /** Makes the next request due as soon as the Worker allows it. */
  #hurry(now) {
    this.#due = Math.max(now, this.#notBefore);
  }

  #saw(now, order, asked) {
    const { id, status, version } = order;
    this.#lost = false;
    if (asked !== 'place') this.#refusals = 0;
    this.#failures = this.#refusals;
    if (this.#order?.id !== id || this.#order.version <= version) {
      const leftOver = asked === 'place' && !this.#order && (status === 'expired' || status === 'cancelled');
      this.#adopted = true;
      this.#order = order;
      this.#atStake ||= status === 'awaiting_payment' || status === 'checking';
      this.#deadline = now + (order.expires_at_ms - order.server_time_ms);
      if (leftOver) return this.#begin(now, true);
      this.#over = Boolean(FINAL[status]);
      if (status === 'failed') this.#fail(/^(shop|gateway)_/.test(order.failure) ? order.failure : 'refused');
      else if (FINAL[status]) this.#end(status);
      else this.#waiting(now, status === 'awaiting_payment' && !order.code ? 'creating' : WAITING[status]);
    }
    // After *I have paid*, look soon, and again when the claim ends. Meanwhile the Worker queries WeChat.
    const claimMs = this.#state === 'checking' && this.#claimed + CLAIM_LASTS_MS - now;
    this.#due = now + Math.min(pauseMs(this.#failures, this.#visible, order.ask_again_in_ms), claimMs > 0 ? Math.min(claimMs, 4000) : Infinity);
    if (this.#quitting && asked === 'look') this.#hurry(now);
  }

  #waiting(now, state) {
    const claiming = now < this.#claimed + CLAIM_LASTS_MS;
    if (state === 'showing' && (this.#quitting || claiming || now >= this.#deadline)) state = 'checking';
    this.#refuted ||= state === 'showing' && this.#state === 'checking' && this.#claimed > 0;
    this.#state = state;
    if (state !== 'showing' || this.#announced === this.#order.id) return;
    this.#announced = this.#order.id;
    this.#event = 'ready';
  }

  #fail(failure, state = 'failed') {
    this.#failure = failure;
    this.#end(state);
  }

  #end(state) {
    this.#state = state;
    this.#asked = undefined;
    this.#event = FINAL[state];
  }

  /** The state of the payment and what to do now, under the names that `driver.js` reads. */
  #plan(now) {
    if (this.#state === 'showing' && now >= this.#deadline) {
      this.#state = 'checking';
      this.#hurry(now);
    }
    const running = this.#state !== 'idle' && !FINAL[this.#state];
    let ask;
    let due = this.#state === 'showing' ? this.#deadline : Infinity;
    if (running && !this.#asked) {
      if (this.#due > now) due = Math.min(due, this.#due);
      else {
        this.#asked = ask = this.#anew ? 'place_anew' : this.#order && this.#quitting ? 'cancel' : this.#order && !this.#lost ? 'look' : 'place';
        this.#anew = false;
        this.#ticket += 1;
      }
    }
    const step = {
      state: this.#state,
      link: this.#online || this.#heard ? (this.#failures ? (this.#busy ? 'busy' : 'troubled') : 'polling') : 'offline',
      failure: this.#failure,
      payable: Boolean(running && this.#order?.code && !this.#quitting && now < this.#deadline),
      refuted: this.#refuted,
      deadline: this.#order && this.#deadline,
      adopted: this.#adopted,
      ticket: this.#ticket,
      ask,
      wake: due < Infinity ? due - now : undefined,
      event: this.#event,
    };
    this.#adopted = this.#event = undefined;
    return step;
  }
}

/**
 * For scripts of release 0.1 that are still in caches. Such a script refuses the wasm of a later release, because it names
 * the digest of its own. Then it imports `Payment` and `paint` from this file. So both names must stay, with a method for
 * each input and with the step as an array.
 */
export class Payment {
  #session = new Session();

  answered(now, ticket, status, retryAfter, order, code) {
    return this.#tell(now, 'answered', { ticket, status: status || undefined, retryAfter, order, problem: { code } });
  }

  free() {}

  #tell(...values) {
    const { state, link, failure, payable, refuted, deadline, adopted, ticket, ask, wake, event } = this.#session.tell(...values);
    return [state, link, failure, payable, refuted, deadline, adopted, ask && [ticket, ask], wake, event];
  }

  static #inputs = ['start', 'overheard', 'woken', 'online', 'visible', 'claim', 'cancel'].map((what) => {
    this.prototype[what] = function (now, value) {
      return this.#tell(now, what, value);
    };
  });
}

/** Draws the code's modules as large as `room` device pixels allow. Returns the bitmap's side, or 0. */
export function paint(canvas, { code }, room) {
  const modules = code && atob(code.modules);
  const each = Math.floor(room / (code?.side + 2 * QUIET_MODULES));
  if (!modules || !each) return 0;
  const side = each * (code.side + 2 * QUIET_MODULES);
  canvas.width = canvas.height = side;
  const context = canvas.getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, side, side);
  context.fillStyle = '#000';
  for (let at = 0; at < code.side ** 2; at += 1) {
    const dark = (modules.charCodeAt(at >> 3) << (at & 7)) & 128;
    const place = (n) => (n + QUIET_MODULES) * each;
    if (dark) context.fillRect(place(at % code.side), place(Math.floor(at / code.side)), each, each);
  }
  return side;
}
