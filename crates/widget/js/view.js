// What the shopper sees: one tree of elements, built once, of which each state shows its part.
// No markup is ever parsed and no style attribute written by markup, so that the strictest CSP and
// trusted types have nothing to forbid; texts of the server go into text nodes only.

import { paint } from './machine.js';
import { fill, minutes, money } from './texts.js';
import css from 'widget-css';

const SVG = 'http://www.w3.org/2000/svg';

/** What the stage shows when there is no code, as lines on a field of 24 by 24. */
const MARKS = {
  paid: 'M5 12.5l4.5 4.5L19 7.5',
  expired: 'M12 6.5V12l3.5 2.5M12 3a9 9 0 100 18 9 9 0 000-18',
  cancelled: 'M7 7l10 10M17 7L7 17',
  failed: 'M12 7v6M12 16.5v.5M12 3a9 9 0 100 18 9 9 0 000-18',
};

/** For each state: headline, hint, and the words of the main button, by their names in the table. */
const WORDS = {
  idle: [, , 'pay'],
  creating: ['creating'],
  showing: ['scan', 'how'],
  checking: ['checking', 'checking_hint'],
  paid: ['paid', 'paid_hint'],
  expired: ['expired', 'expired_hint', 'renew'],
  cancelled: ['cancelled', 'cancelled_hint', 'pay'],
  failed: ['failed', , 'retry'],
};

/** One sheet for all elements of the page; adopted, not inline, so that CSP has no say. */
let sheet;

export class View {
  #root;
  #parts;
  #bitmap = '';
  #room = 0;
  #deadline = 0;
  #clock = 0;
  #observer;
  #texts = {};

  /** @param {Record<'pay' | 'claim' | 'cancel', () => void>} on what the buttons do */
  constructor(root, on) {
    this.#root = root;
    if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(css);
    root.adoptedStyleSheets = [sheet];

    const button = (part, press) => make('button', { part: `button ${part}`, type: 'button', onclick: press });
    const parts = (this.#parts = {
      amount: make('p', { part: 'amount' }),
      goods: make('p', { part: 'goods' }),
      canvas: make('canvas', { part: 'canvas', role: 'img', hidden: true }),
      mark: makeSvg('path'),
      headline: make('p', { part: 'headline', tabIndex: -1 }),
      hint: make('p', { part: 'hint' }),
      time: make('p', { part: 'time', role: 'timer' }),
      trouble: make('p', { part: 'trouble', role: 'status' }),
      pay: button('pay', on.pay),
      claim: button('claim', on.claim),
      cancel: button('cancel', on.cancel),
      phoneTitle: make('summary', {}),
      phoneHint: make('p', {}),
      share: button('share', () => this.#share()),
    });
    const icon = makeSvg('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true' }, parts.mark);
    parts.code = make('div', { part: 'code' }, parts.canvas);
    parts.icon = make('div', { part: 'mark' }, icon);
    parts.stage = make('div', { part: 'stage' }, parts.code, parts.icon);
    parts.status = make('div', { part: 'status', role: 'status', ariaAtomic: 'true' }, parts.headline, parts.hint);
    parts.other = make('slot', { name: 'other' });
    parts.phone = make('details', { part: 'phone' }, parts.phoneTitle, parts.phoneHint, parts.share, parts.other);
    parts.success = make('slot', { name: 'success' });
    parts.error = make('slot', { name: 'error' });
    parts.box = make(
      'div',
      { part: 'box' },
      make('slot', { name: 'header' }),
      make('div', { part: 'bill' }, parts.goods, parts.amount),
      parts.stage,
      parts.status,
      parts.time,
      parts.trouble,
      parts.success,
      parts.error,
      make('div', { part: 'actions' }, parts.pay, parts.claim, parts.cancel),
      parts.phone,
    );
    root.append(parts.box);
  }

  /** Shows a state; called after every change, so it writes only what differs. */
  show({ state, link, failure, payable, refuted, deadline, order, texts, language, disabled }) {
    const parts = this.#parts;
    const focused = this.#root.activeElement;
    const rtl = /^(ar|fa|he|ur)\b/.test(language);
    // An amount among right-to-left words keeps its own direction.
    const amount = order ? (rtl ? `\u2066${money(order.amount, language)}\u2069` : money(order.amount, language)) : '';
    const word = (name) => (name ? fill(texts[name] ?? '', { amount }) : '');
    let [headline, hint, pay] = WORDS[state];
    if (state === 'showing' && refuted) hint = 'not_yet';
    if (state === 'failed') hint = `failed_${failure}`;
    if (state === 'paid' && order.notices?.length) hint = `notice_${order.notices[0]}`;
    parts.box.lang = language;
    parts.box.dir = rtl ? 'rtl' : 'ltr';
    const running = state === 'creating' || state === 'showing' || state === 'checking';

    this.#texts = texts;
    write(parts.amount, state === 'idle' ? '' : amount);
    write(parts.goods, state === 'idle' ? '' : (order?.description ?? ''));
    write(parts.headline, word(headline));
    write(parts.hint, word(hint));
    write(parts.pay, word(pay));
    write(parts.claim, state === 'showing' && word('claim'));
    write(parts.cancel, running && word('cancel'));
    write(parts.trouble, running && word(link));
    write(parts.phoneTitle, word('phone'));
    // Inside WeChat there is no other way, so it is said unasked.
    const inWeChat = /MicroMessenger/i.test(navigator.userAgent);
    write(parts.phoneHint, word(inWeChat ? 'phone_in_wechat' : 'phone_hint'));
    if (state === 'creating') parts.phone.open = inWeChat;
    write(parts.share, word('share'));
    parts.pay.disabled = disabled;
    parts.canvas.ariaLabel = word('code');
    parts.stage.hidden = state === 'idle';
    parts.code.hidden = !running;
    parts.code.inert = !payable;
    parts.icon.hidden = running;
    parts.mark.setAttribute('d', MARKS[state] ?? '');
    parts.phone.hidden = state !== 'showing';
    parts.success.hidden = state !== 'paid';
    parts.error.hidden = state !== 'failed';
    this.#root.host.ariaBusy = state === 'creating' || state === 'checking' || null;
    this.#countDown(payable ? deadline : 0);
    // A button that went away while it had the focus hands it to the news, never to the page's top.
    if (focused?.closest('[hidden]')) parts.headline.focus({ preventScroll: true });
  }

  /** Draws the code as large as its place allows, or wipes it. */
  paint(order) {
    const { canvas } = this.#parts;
    const bitmap = `${this.#room} ${devicePixelRatio} ${order?.code_url}`;
    if (bitmap === this.#bitmap) return;
    this.#bitmap = bitmap;
    const side = order && this.#room ? paint(canvas, order, this.#room) : 0;
    canvas.hidden = !side;
    if (!side) return;
    // One pixel of the bitmap is one of the device; what is left of the place is shared on whole pixels.
    canvas.style.inlineSize = canvas.style.blockSize = `${side / devicePixelRatio}px`;
    canvas.style.margin = `${Math.floor((this.#room - side) / 2) / devicePixelRatio}px`;
  }

  /** Calls back whenever the code's place has another number of device pixels: resize, zoom, another screen. */
  observe(repaint) {
    const { code, canvas } = this.#parts;
    this.#observer = new ResizeObserver(([entry]) => {
      const wanted = entry.contentRect.width * devicePixelRatio;
      const snapped = entry.devicePixelContentBoxSize?.[0].inlineSize;
      // Where a browser pretends to another pixel ratio, the snapped size is still that of the real one.
      this.#room = Math.abs(snapped - wanted) < 2 ? snapped : Math.floor(wanted);
      if (wanted) repaint();
    });
    try {
      this.#observer.observe(code, { box: 'device-pixel-content-box' });
    } catch {
      this.#observer.observe(code);
    }
    canvas.oncontextrestored = () => {
      this.#bitmap = '';
      repaint();
    };
  }

  /** Leaves nothing running. */
  stop() {
    this.#observer?.disconnect();
    this.#countDown(0);
  }

  /** The time left, by the server's clock; written every second, read to nobody unasked. */
  #countDown(deadline) {
    clearInterval(this.#clock);
    this.#deadline = deadline;
    this.#parts.time.hidden = !deadline;
    if (!deadline) return;
    const tick = () => write(this.#parts.time, fill(this.#texts.left ?? '', { time: minutes(this.#deadline - performance.now()) }));
    this.#clock = setInterval(tick, 1000);
    tick();
  }

  /** Hands the address of the page to another device, and nothing else. */
  async #share() {
    const url = location.href.replace(/#.*/, '');
    try {
      if (navigator.share) return await navigator.share({ url, title: document.title });
      await navigator.clipboard.writeText(url);
      write(this.#parts.share, this.#texts.copied);
    } catch {
      // The shopper closed the sheet, or the browser forbids it: nothing was promised.
    }
  }
}

/** Sets a text if it differs, and hides what has none: a live region is read once for each change. */
function write(element, text) {
  text ||= '';
  if (element.textContent !== text) element.textContent = text;
  element.hidden = !text;
}

function make(name, { part, role, ...properties }, ...children) {
  const element = document.createElement(name);
  if (part) element.setAttribute('part', part);
  if (role) element.setAttribute('role', role);
  Object.assign(element, properties).append(...children);
  return element;
}

function makeSvg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}
