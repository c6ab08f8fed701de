// What the shopper sees: one tree of elements, built once, of which each state shows its part.
// No markup is ever parsed and no style attribute written by markup, so that the strictest CSP and
// trusted types have nothing to forbid; texts of the server go into text nodes only.
//
// All of a view is in one closure: names in it weigh a letter each, names of properties weigh all of theirs.

import { paint as draw } from './loader.js';
import { optional } from './safe.js';
import { fill, minutes, money } from './texts.js';
import css from 'widget-css';

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
  creating: ['creating', 'how'],
  showing: ['scan', 'how'],
  checking: ['checking', 'checking_hint'],
  paid: ['paid', 'paid_hint'],
  expired: ['expired', 'expired_hint', 'renew'],
  cancelled: ['cancelled', 'cancelled_hint', 'pay'],
  failed: ['failed', , 'retry'],
};

/** How long a code usually lasts: so much place is kept for its time before it is known. */
const USUAL_MS = 1_800_000;

/** Money has come that does not fit the order: until people have looked, nobody shall send more. */
const underReview = (order) => order?.notices?.includes('under_review');

/** One sheet for all elements of a document; adopted, not inline, so that CSP has no say. */
const sheets = new WeakMap();

/** @param {Record<'pay' | 'claim' | 'cancel', () => void>} on what the buttons do */
export function View(root, on) {
  let bitmap = '';
  let room = 0;
  let ratio = 0;
  let clock = 0;
  let texts;
  let observer;
  let repaint;
  // WeChat on a computer is no phone: its window can be scanned.
  const inWeChat = /MicroMessenger(?!.*(Windows|Mac)Wechat)/i.test(navigator.userAgent);

  const button = (part, press) => make('button', { part: `button ${part}`, type: 'button', onclick: press });
  const row = (part, role) => make('p', { part, role });
  const slot = (name) => make('slot', { name });
  const amount = row('amount');
  amount.translate = false;
  const goods = row('goods');
  const bill = make('div', { part: 'bill' }, goods, amount);
  const canvas = make('canvas', { part: 'canvas', role: 'img', hidden: true });
  const code = make('div', { part: 'code' }, canvas);
  const mark = makeSvg('path');
  const svg = makeSvg('svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.append(mark);
  const icon = make('div', { part: 'mark', ariaHidden: 'true' }, svg);
  const stage = make('div', { part: 'stage' }, code, icon);
  const headline = row('headline');
  const hint = row('hint');
  const status = make('div', { part: 'status', role: 'status', ariaAtomic: 'true' }, headline, hint);
  const time = row('time', 'timer');
  const trouble = row('trouble', 'status');
  const pay = button('pay', on.pay);
  const claim = button('claim', on.claim);
  const cancel = button('cancel', on.cancel);
  const phoneTitle = make('summary', {});
  const phoneHint = row();
  const shareButton = button('share', share);
  const shared = make('p', { part: 'shared', role: 'status', dir: 'auto' });
  const other = slot('other');
  const phone = make('details', { part: 'phone', open: inWeChat }, phoneTitle, phoneHint, shareButton, shared, other);
  const success = slot('success');
  const error = slot('error');
  const actions = make('div', { part: 'actions' }, pay, claim, cancel);
  const rows = [slot('header'), bill, stage, status, time, trouble, success, error, actions, phone];
  const box = make('div', { part: 'box', role: 'group', tabIndex: -1 }, ...rows);
  root.append(make('div', { className: 'own' }, box));

  /**
   * Shows a state; called after every change, so it writes only what differs. Before the words are there
   * (`words` is null) what needs none is shown. While something is awaited, all that may be shown has its
   * place already: what is `inert` is neither seen nor told.
   */
  function show({ state, link, failure, payable, refuted, deadline, order, texts: words, language, theme, disabled }) {
    const focused = root.activeElement;
    const rtl = /^(ar|fa|he|ur)\b/.test(language);
    let price = order && words ? money(order.amount, language) : '';
    // An amount among right-to-left words keeps its own direction.
    if (rtl && price) price = `\u2066${price}\u2069`;
    texts = words ?? {};
    const word = (name) => fill(texts[name] ?? '', { amount: price });
    const creating = state === 'creating';
    const running = creating || state === 'showing' || state === 'checking';
    const reviewed = running && !creating && underReview(order);
    if (reviewed) [state, payable] = ['checking', false];
    let [news, more, press] = WORDS[state];
    if (state === 'showing' && refuted) more = 'not_yet';
    if (state === 'failed') more = `failed_${failure}`;
    if (failure === 'cancel_unanswered') more = 'cancelled_unanswered';
    if (!creating && order?.notices?.length) more = `notice_${reviewed ? 'under_review' : order.notices[0]}`;
    // Not by attributes of the element, which a page may take away.
    box.className = `${state} ${running ? 'running' : ''} ${theme}`;
    box.lang = language ?? '';
    box.dir = rtl ? 'rtl' : 'ltr';
    box.ariaLabel = word('pay') || 'WeChat Pay';

    bill.hidden = !running && (state === 'idle' || !order);
    write(amount, price);
    write(goods, order?.description);
    write(headline, word(news));
    write(hint, word(more));
    write(pay, word(press));
    write(claim, running && word('claim'));
    write(cancel, running && word('cancel'));
    write(trouble, running && word(link));
    write(phoneTitle, word('phone'));
    write(phoneHint, word(inWeChat ? 'phone_in_wechat' : 'phone_hint'));
    write(shareButton, word('share'));
    if (creating) write(shared);
    pay.disabled = disabled;
    canvas.ariaLabel = word('code') || 'WeChat Pay';
    stage.hidden = state === 'idle';
    stage.ariaBusy = creating || state === 'checking' || null;
    code.hidden = !running || reviewed;
    icon.hidden = !code.hidden;
    mark.setAttribute('d', MARKS[reviewed ? 'expired' : state] ?? '');
    phone.hidden = !running || !words;
    success.hidden = state !== 'paid';
    error.hidden = state !== 'failed';
    hint.inert = creating;
    claim.inert = state !== 'showing';
    time.inert = code.inert = phone.inert = !payable;
    countDown(running, payable && deadline);

    // What went away while it had the focus hands it to the box: never to the page's top, nor to the live
    // regions, which would be read twice.
    const gone = (element) => element.closest('[hidden], [inert], :disabled');
    const within = (element) => element.contains(root.host.getRootNode().activeElement);
    const lost = focused ? gone(focused) : [other, success, error].some((it) => gone(it) && it.assignedElements().some(within));
    if (lost) box.focus({ preventScroll: true });
  }

  /** Draws the code as large as its place allows, or wipes it. */
  function paint(order) {
    if (underReview(order)) order = undefined;
    if (!room || ratio !== devicePixelRatio) measure(code.clientWidth * devicePixelRatio);
    const wanted = `${room} ${ratio} ${order?.code_url}`;
    if (wanted === bitmap) return;
    bitmap = wanted;
    const side = order && room ? draw(canvas, order, room) : 0;
    canvas.hidden = !side;
    if (!side) return;
    // One pixel of the bitmap is one of the device; what is left of the place is shared on whole pixels.
    canvas.style.inlineSize = canvas.style.blockSize = `${side / ratio}px`;
    canvas.style.margin = `${Math.floor((room - side) / 2) / ratio}px`;
  }

  /** Calls back whenever the code's place has another number of device pixels: resize, zoom, another screen. */
  function observe(again) {
    repaint = again;
    observer?.disconnect();
    // Where a page has broken it the code is measured when it is drawn.
    optional(() => {
      observer = new ResizeObserver(([entry]) => {
        const wanted = entry.contentRect.width * devicePixelRatio;
        measure(wanted, entry.devicePixelContentBoxSize?.[0].inlineSize);
        if (wanted) repaint();
      });
      try {
        observer.observe(code, { box: 'device-pixel-content-box' });
      } catch {
        observer.observe(code); // Safari
      }
    });
    canvas.oncontextrestored = () => {
      bitmap = '';
      repaint();
    };
  }

  /** How many device pixels the code has: as the browser snapped it, or by calculation. */
  function measure(wanted, snapped) {
    ratio = devicePixelRatio;
    // Where a browser pretends to another pixel ratio, the snapped size is still that of the real one.
    room = Math.abs(snapped - wanted) < 2 ? snapped : Math.floor(wanted);
  }

  /** Leaves nothing running. */
  function stop() {
    observer?.disconnect();
    countDown();
  }

  /** The time left, by the server's clock; written every second, read to nobody unasked. */
  function countDown(running, deadline) {
    clearInterval(clock);
    const tick = () => write(time, running && fill(texts.left ?? '', { time: minutes(deadline ? deadline - performance.now() : USUAL_MS) }));
    tick();
    if (!deadline) return;
    clock = setInterval(() => {
      tick();
      // In Safari no observer tells that the window is on a screen of another pixel ratio.
      repaint();
    }, 1000);
  }

  /** Hands the address of the page to another device, and nothing else. Where every way is closed, it can be read. */
  async function share() {
    const url = location.href.replace(/#.*/, '');
    let said = url;
    try {
      if (navigator.share) return await navigator.share({ url, title: document.title });
    } catch ({ name }) {
      if (name === 'AbortError') return; // by the shopper
    }
    try {
      await navigator.clipboard.writeText(url);
      said = texts.copied;
    } catch {
      // Forbidden here.
    }
    write(shared, said);
  }

  /** Puts the styles on, again when the element has moved into another document. */
  function dress() {
    const page = root.ownerDocument;
    if (!sheets.has(page)) {
      const sheet = new page.defaultView.CSSStyleSheet();
      sheet.replaceSync(css);
      sheets.set(page, sheet);
    }
    root.adoptedStyleSheets = [sheets.get(page)];
  }

  return { show, paint, observe, stop, dress };
}

/**
 * Sets a text if it differs, for a live region is read once for each change; and hides what has none, but for the
 * live regions themselves, which have to be there before they speak.
 */
function write(element, text) {
  text ||= '';
  if (element.textContent !== text) element.textContent = text;
  element.hidden = !text && element.role !== 'status';
}

function make(name, { part, role, ...properties }, ...children) {
  const element = document.createElement(name);
  if (part) element.setAttribute('part', part);
  if (role) element.setAttribute('role', role);
  for (const child of children) element.appendChild(child);
  return Object.assign(element, properties);
}

const makeSvg = (name) => document.createElementNS('http://www.w3.org/2000/svg', name);
