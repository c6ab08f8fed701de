// What the shopper sees: one tree of elements, built once. Each state shows its part of the tree.
// No markup is parsed and no markup writes a style attribute, so the strictest CSP and trusted types have nothing to
// forbid. Texts from the server go only into text nodes.
//
// A view is one closure, because the minifier shortens local names to one letter but keeps the names of properties.

import { paint as draw } from './loader.js';
import { json, optional } from './safe.js';
import { fill, minutes, money } from './texts.js';
import css from 'widget-css';

/** What the stage shows instead of a code: SVG paths in a view box of 24 by 24. */
const MARKS = {
  paid: 'M5 12.5l4.5 4.5L19 7.5',
  expired: 'M12 6.5V12l3.5 2.5M12 3a9 9 0 100 18 9 9 0 000-18',
  cancelled: 'M7 7l10 10M17 7L7 17',
  failed: 'M12 7v6M12 16.5v.5M12 3a9 9 0 100 18 9 9 0 000-18',
};

/** For each state the names of three texts: headline, hint, main button. */
const WORDS = {
  idle: [, , 'pay'],
  creating: ['creating', 'how'],
  showing: ['scan', 'how'],
  checking: ['checking', 'checking_hint'],
  paid: ['paid', 'paid_hint'],
  expired: ['expired', 'expired_hint', 'renew'],
  cancelled: ['cancelled', 'cancelled_hint', 'pay'],
  failed: ['failed', , 'retry'],
  sold_out: ['sold_out'],
};

/** How long a code usually lasts. This time is a placeholder until the real one is known. */
const USUAL_MS = 1_800_000;

/** A payment arrived that does not match the order. Nobody may send more money until a person has checked. */
const underReview = (order) => order?.notices?.includes('under_review');

/** One sheet for all elements of a document. It is adopted, not inline, so CSP does not apply. */
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
  let linked;
  // WeChat on a computer does not count: a phone can scan its window.
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
  const files = make('div', { part: 'downloads' });
  const success = slot('success');
  const error = slot('error');
  const actions = make('div', { part: 'actions' }, pay, claim, cancel);
  const rows = [slot('header'), bill, stage, status, time, trouble, files, success, error, actions, phone];
  const box = make('div', { part: 'box', role: 'group', tabIndex: -1 }, ...rows);
  root.append(make('div', { className: 'own' }, box));

  /**
   * Shows a state. It is called after every change, so it writes only what differs. Before the words are loaded (`words`
   * is null) it shows what needs no words. While a payment runs, every part that may appear has its place from the start:
   * `inert` parts are neither visible nor read aloud.
   */
  function show({ state, link, failure, payable, refuted, deadline, order, quote, texts: words, language, theme, disabled }) {
    const focused = root.activeElement;
    const rtl = /^(ar|fa|he|ur)\b/.test(language);
    // Before an order there may be a price, and a place for it.
    const early = (state === 'idle' || state === 'sold_out') && quote;
    const shown = early || order;
    let price = shown?.amount && words ? money(shown.amount, language) : '';
    // An amount in right-to-left text keeps its own direction.
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
    // Classes of the box, not attributes of the element: a page may remove those.
    box.className = `${state} ${running ? 'running' : ''} ${theme}`;
    box.lang = language ?? '';
    box.dir = rtl ? 'rtl' : 'ltr';
    box.ariaLabel = word('pay') || 'WeChat Pay';

    bill.hidden = !running && !early && (state === 'idle' || !order);
    write(amount, price || (early && '\xa0'));
    write(goods, shown?.description || (early && '\xa0'));
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
    stage.hidden = state === 'idle' || state === 'sold_out';
    stage.ariaBusy = creating || state === 'checking' || null;
    code.hidden = !running || reviewed;
    icon.hidden = !code.hidden;
    mark.setAttribute('d', MARKS[reviewed ? 'expired' : state] ?? '');
    phone.hidden = !running || !words;
    success.hidden = state !== 'paid';
    const bought = (state === 'paid' && order.downloads) || [];
    const links = bought.map(({ name, url }) => ({ part: 'download', href: url, textContent: fill(texts.download ?? name, { name }) }));
    // They are made anew only if they differ, since one of them may have the focus.
    if (linked !== (linked = json(links))) files.replaceChildren(...links.map((link) => make('a', link)));
    files.hidden = !links.length;
    error.hidden = state !== 'failed';
    hint.inert = creating;
    claim.inert = state !== 'showing';
    time.inert = code.inert = phone.inert = !payable;
    countDown(running, payable && deadline);

    // If the part that has the focus goes away, the box gets the focus. Otherwise it would go to the top of the page. A live
    // region must not get it, because its text would be read twice.
    const gone = (element) => element.closest('[hidden], [inert], :disabled');
    const within = (element) => element.contains(root.host.getRootNode().activeElement);
    const lost = focused ? gone(focused) : [other, success, error].some((it) => gone(it) && it.assignedElements().some(within));
    if (lost) box.focus({ preventScroll: true });
  }

  /** Draws the code as large as its place allows, or hides it. */
  function paint(order) {
    if (underReview(order)) order = undefined;
    if (!room || ratio !== devicePixelRatio) measure(code.clientWidth * devicePixelRatio);
    const wanted = `${room} ${ratio} ${order?.code_url}`;
    if (wanted === bitmap) return;
    bitmap = wanted;
    const side = order && room ? draw(canvas, order, room) : 0;
    canvas.hidden = !side;
    if (!side) return;
    // One pixel of the bitmap is one device pixel. The rest of the place becomes a margin of whole pixels.
    canvas.style.inlineSize = canvas.style.blockSize = `${side / ratio}px`;
    canvas.style.margin = `${Math.floor((room - side) / 2) / ratio}px`;
  }

  /** Calls `again` when the code's place gets another number of device pixels: resize, zoom, another screen. */
  function observe(again) {
    repaint = again;
    observer?.disconnect();
    // If the page broke the observer, the code is measured when it is drawn.
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

  /** Sets how many device pixels the code has: the number that the browser snapped to, or a calculated one. */
  function measure(wanted, snapped) {
    ratio = devicePixelRatio;
    // A browser may report another pixel ratio than the real one. The snapped size still belongs to the real one.
    room = Math.abs(snapped - wanted) < 2 ? snapped : Math.floor(wanted);
  }

  /** Stops the observer and the clock. */
  function stop() {
    observer?.disconnect();
    countDown();
  }

  /** The time left by the server's clock, written every second. Screen readers do not announce it. */
  function countDown(running, deadline) {
    clearInterval(clock);
    const tick = () => write(time, running && fill(texts.left ?? '', { time: minutes(deadline ? deadline - performance.now() : USUAL_MS) }));
    tick();
    if (!deadline) return;
    clock = setInterval(() => {
      tick();
      // In Safari no observer reports that the window moved to a screen with another pixel ratio.
      repaint();
    }, 1000);
  }

  /** Shares the page's address and title with another device. If that is impossible, copies the address, or else shows it. */
  async function share() {
    const url = location.href.replace(/#.*/, '');
    let said = url;
    try {
      if (navigator.share) return await navigator.share({ url, title: document.title });
    } catch ({ name }) {
      if (name === 'AbortError') return; // the shopper closed the dialog
    }
    try {
      await navigator.clipboard.writeText(url);
      said = texts.copied;
    } catch {
      // The clipboard is forbidden: show the address.
    }
    write(shared, said);
  }

  /** Adopts the styles, again if the element moved into another document. */
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
 * Sets a text if it differs, because each change of a live region is read aloud. Hides an element without text, except
 * live regions, which must exist before they get their text.
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
