// One opened hostile page: what it told this server, and how it ended.

import jsqr from 'jsqr';

import { expectation } from './switches.mjs';

/** A busy browser may take this long to open the page. */
const OPENED_WITHIN_MS = 60_000;

/** How long the lines after a lost request wait for it. */
const LATE_MS = 300;

/** How long to listen after the outcome, for events that must not come. */
const LINGER_MS = 150;

/** A phone does not scan a code that is narrower than this on the page. */
const LEAST_CODE_PIXELS = 120;

export class Run {
  /** Everything that the page told, in order: `{ word, ms, … }`. */
  told = [];
  /** Everything that is wrong apart from the outcome; at the end, a wrong outcome as well. */
  faults = [];
  /** How the element looked in each state. */
  looks = {};
  #pay;
  #done;
  #timer;
  #ended;
  #early = new Map();
  #next = 1;
  #late;

  constructor(id, names, pay) {
    Object.assign(this, { id, names, expected: expectation(names) });
    this.#pay = pay;
    this.over = new Promise((done) => (this.#done = done));
    this.#limit(OPENED_WITHIN_MS);
  }

  /** Requests overtake each other, so a line waits for the lines before it, but not for long. */
  hear(line) {
    this.#early.set(Number(line.at), line);
    clearTimeout(this.#late);
    this.#late = setTimeout(() => this.#take([...this.#early.keys()].sort((a, b) => a - b)), LATE_MS);
    const next = [];
    while (this.#early.has(this.#next + next.length)) next.push(this.#next + next.length);
    this.#take(next);
  }

  #take(numbers) {
    for (const at of numbers) {
      const line = this.#early.get(at);
      this.#early.delete(at);
      this.#next = at + 1;
      this.#heard(line);
    }
  }

  #heard(line) {
    this.told.push(line);
    const { word } = line;
    if (word === 'driven') this.#limit(this.expected.withinMs / this.expected.hurry + (this.expected.hurry > 1 ? 10_000 : 0));
    if (word === 'switch') this.faults.push(`the switch ${line.name} failed: ${line.what}`);
    // An error that the page's own listener throws is not ours.
    if (word === 'uncaught' && /\/(widget|copy)\//.test(line.stack) && !/a mistake of the shop/.test(line.what)) this.faults.push(`uncaught: ${line.what} ${line.stack}`);
    if (word === 'wechat-pay-ready') this.ready = line;
    if (word === 'code') this.#scan(line);
    if (word === 'looks') this.looks[line.state] = line.looks;
    const outcome = { 'wechat-pay-paid': 'paid', 'wechat-pay-error': line.code, 'wechat-pay-expired': 'expired', 'wechat-pay-cancelled': 'cancelled' }[word];
    if (outcome) this.#end(outcome, line);
    if (word === 'children' && line.text && this.expected.outcomes.includes('children')) this.#end('children', line);
    // If the event has not arrived yet, it may still be on its way.
    if (word === 'ended' && !this.#ended) this.#endLater(`${line.state} without an event`);
  }

  get mentioned() {
    return this.told.filter(({ word }) => ['console', 'wechat-pay-error'].includes(word));
  }

  /** What the page told, for people to read. */
  get account() {
    return this.told
      .filter(({ word }) => !['code', 'looks'].includes(word))
      .map(({ ms, at, word, ...rest }) => `${ms} ms ${word} ${Object.entries(rest).filter(([name, value]) => name !== 'run' && value !== 'undefined').map(([name, value]) => `${name}=${value.slice(0, 300)}`).join(' ')}`)
      .join('\n');
  }

  #scan({ width, height, bits, url, seenWidth, filter }) {
    const bytes = Buffer.from(bits, 'base64');
    const [w, h] = [Number(width), Number(height)];
    const pixels = new Uint8ClampedArray(4 * w * h);
    for (let at = 0; at < w * h; at += 1) pixels.fill((bytes[at >> 3] << (at & 7)) & 128 ? 0 : 255, 4 * at, 4 * at + 3), (pixels[4 * at + 3] = 255);
    const read = jsqr(pixels, w, h)?.data;
    if (read !== url) this.faults.push(`the canvas of ${w} × ${h} reads as ${read}, not as ${url}`);
    if (Number(seenWidth) < LEAST_CODE_PIXELS) this.faults.push(`the code is ${seenWidth} pixels wide on the page`);
    if (filter !== 'none') this.faults.push(`the code has a filter: ${filter}`);
    if (!read || this.paying) return;
    this.paying = read;
    const { paysAfterMs, hurry } = this.expected;
    const later = new Promise((over) => setTimeout(over, paysAfterMs / hurry));
    later.then(() => this.#pay(read)).catch((error) => this.faults.push(`the phone could not pay ${read}: ${error.message}`));
  }

  #limit(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#finish(this.#silent()), ms);
  }

  /** How a run ended that has no outcome in time. */
  #silent() {
    if (!this.told.some(({ word }) => word === 'driven')) return 'never opened';
    if (!this.told.some(({ word }) => word === 'pressed')) return 'no button';
    return `silent, ${this.told.findLast(({ word }) => word === 'state')?.state ?? 'without a state'}`;
  }

  #end(outcome, line) {
    if (this.#ended) {
      if (this.#ended !== outcome) this.faults.push(`after ${this.#ended} came ${outcome}`);
      return;
    }
    this.#ended = outcome;
    this.ending = line;
    this.#endLater(outcome);
  }

  #endLater(outcome) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#finish(this.#ended ?? outcome), LINGER_MS * (this.#ended ? 1 : 4));
  }

  #finish(outcome) {
    clearTimeout(this.#timer);
    clearTimeout(this.#late);
    this.outcome = outcome;
    if (outcome === 'paid' && !this.paying) this.faults.push('it is paid, though nobody could scan its code');
    const { outcomes } = this.expected;
    const { message = '' } = this.ending ?? {};
    for (const says of this.expected.says) {
      if (outcome !== 'shop_misconfigured') continue;
      if (!says.test(message)) this.faults.push(`the message does not say ${says}: ${message}`);
      const complaints = this.told.filter(({ word, what }) => word === 'console' && says.test(what));
      if (complaints.length !== 1 && !this.expected.mute) this.faults.push(`the console says ${says} ${complaints.length} times`);
    }
    if (!outcomes.includes(outcome)) this.faults.unshift(`it ended as ${outcome}, not as ${outcomes.join(' or ')}`);
    this.#done(this);
  }
}
