// The payment where WebAssembly is forbidden: a page's policy without `wasm-unsafe-eval`, Lockdown Mode. Takes
// the place of the wasm module, with its methods; the table of states is in `src/session/mod.rs`. It keeps the
// rules that protect the shopper (the outcome is the Worker's word; one request at a time; a code only while
// it can be paid) and follows by asking alone. The code's modules come with the order.

const QUIET_MODULES = 4;
const FINAL = { paid: 'paid', expired: 'expired', cancelled: 'cancelled', failed: 'error' };
const CLAIM_LASTS_MS = 12_000;

/** After `failures` in a row, 2 s doubled each time; else by how long is waited, and whether it is seen. */
function pauseMs(failures, age, visible, hint = 0) {
  if (failures) return 1000 * Math.min(60, 2 ** failures);
  return Math.max(hint, age < 60_000 ? 4000 : age < 300_000 ? 15_000 : 40_000) * (visible ? 1 : 2);
}

export class Payment {
  #state = 'idle';
  #failure;
  #order;
  #deadline = 0;
  #online = true;
  #visible = true;
  #ticket = 0;
  #asked; // what the request in flight asks
  #anew = false;
  #lost = false;
  #quitting = false;
  #claimed = -Infinity;
  #refuted = false;
  #failures = 0;
  #due = 0;
  #began = 0;
  #announced;
  #event;
  #adopted;

  start(now) {
    if (this.#state === 'idle') this.#begin(now, false);
    else if (FINAL[this.#state]) this.#begin(now, true);
    else this.#hurry(now);
    return this.#plan(now);
  }

  answered(now, ticket, status, retryAfter, order, code) {
    if (ticket !== this.#ticket || !this.#asked) return this.#plan(now);
    const asked = this.#asked;
    this.#asked = undefined;
    if (code === 'misconfigured') this.#fail('shop_misconfigured');
    else if (order) this.#saw(now, order, asked);
    else if (status >= 400 && status < 500 && ![408, 425, 429].includes(status)) this.#refused(now, asked, status);
    else {
      this.#failures += 1;
      this.#due = now + Math.max(pauseMs(this.#failures), Math.min(retryAfter ?? 0, 300_000));
      if (asked === 'cancel' && this.#failures > 1) this.#end('cancelled');
    }
    return this.#plan(now);
  }

  overheard(now, order) {
    if (order?.id === this.#order?.id && !FINAL[this.#state]) this.#saw(now, order);
    return this.#plan(now);
  }

  woken(now) {
    return this.#plan(now);
  }

  online(now, online) {
    if (online && !this.#online) this.#hurry(now);
    this.#online = online;
    return this.#plan(now);
  }

  visible(now, visible) {
    if (visible && !this.#visible) this.#hurry(now);
    this.#visible = visible;
    return this.#plan(now);
  }

  claim(now) {
    if (this.#state === 'showing' && now > this.#claimed + 5000) {
      this.#claimed = now;
      this.#refuted = false;
      this.#state = 'checking';
      this.#hurry(now);
    }
    return this.#plan(now);
  }

  cancel(now) {
    if (this.#state === 'creating' && !this.#order) this.#end('cancelled');
    else if (this.#state !== 'idle' && !FINAL[this.#state]) {
      this.#quitting = true;
      this.#state = 'checking';
      this.#hurry(now);
    }
    return this.#plan(now);
  }

  free() {}

  #begin(now, anew) {
    this.#state = 'creating';
    this.#order = this.#failure = this.#asked = undefined;
    this.#anew = anew;
    this.#lost = this.#quitting = this.#refuted = false;
    this.#claimed = -Infinity;
    this.#failures = 0;
    this.#due = this.#began = now;
  }

  /** As soon as the Worker allows. */
  #hurry(now) {
    if (!this.#failures) this.#due = now;
  }

  #saw(now, order, asked) {
    this.#failures = 0;
    const { id, status, version } = order;
    if (this.#order?.id !== id || this.#order.version <= version) {
      this.#adopted = true;
      this.#order = order;
      this.#deadline = now + order.expires_at_ms - order.server_time_ms;
      if (status === 'failed') this.#fail(order.failure ?? 'refused');
      else if ((status === 'expired' || status === 'cancelled') && asked === 'place') return this.#begin(now, true);
      else if (FINAL[status]) this.#end(status);
      else this.#waiting(now, status === 'awaiting_payment' ? (order.code ? 'showing' : 'creating') : status);
    }
    this.#due = now + pauseMs(0, this.#state === 'showing' ? now - this.#began : 0, this.#visible, order.ask_again_in_ms);
  }

  #waiting(now, state) {
    if (state === 'placing') state = 'creating';
    const claiming = now < this.#claimed + CLAIM_LASTS_MS;
    if (state === 'showing' && (this.#quitting || claiming || now >= this.#deadline)) state = 'checking';
    this.#refuted ||= state === 'showing' && this.#state === 'checking' && this.#claimed > 0;
    this.#state = state;
    if (state !== 'showing' || this.#announced === this.#order.id) return;
    this.#announced = this.#order.id;
    this.#event = 'ready';
  }

  #refused(now, asked, status) {
    if (asked === 'cancel') this.#end('cancelled');
    else if (asked === 'place' && status === 409) this.#begin(now, true);
    else if (asked === 'look' && !this.#lost) {
      this.#begin(now, false);
      this.#lost = true;
    } else this.#fail('rejected');
  }

  #fail(failure) {
    this.#failure = failure;
    this.#end('failed');
  }

  #end(state) {
    this.#state = state;
    this.#asked = undefined;
    this.#event = FINAL[state];
  }

  /** Where it stands and what to do now, in the order in which `session.js` takes it apart. */
  #plan(now) {
    if (this.#state === 'showing' && now >= this.#deadline) {
      this.#state = 'checking';
      this.#due = now;
    }
    const running = this.#state !== 'idle' && !FINAL[this.#state];
    let request;
    let wake;
    if (running && this.#online && !this.#asked) {
      wake = Math.min(this.#due, this.#state === 'showing' ? this.#deadline : Infinity) - now;
      if (this.#due <= now) {
        this.#asked = !this.#order ? (this.#anew ? 'place_anew' : 'place') : this.#quitting ? 'cancel' : 'look';
        this.#anew = false;
        request = [++this.#ticket, this.#asked];
        wake = undefined;
      }
    }
    const step = [
      this.#state,
      this.#online ? (this.#failures ? 'troubled' : 'polling') : 'offline',
      this.#failure,
      Boolean(running && this.#order?.code && !this.#quitting && now < this.#deadline),
      this.#refuted,
      this.#order && this.#deadline,
      this.#adopted,
      request,
      wake,
      this.#event,
    ];
    this.#adopted = this.#event = undefined;
    return step;
  }
}

/** Draws the code's modules as large as `room` device pixels allow; returns the bitmap's side, or 0. */
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
