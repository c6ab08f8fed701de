// <wechat-pay>: the element's attributes, properties, methods and events. driver.js runs the payment, view.js shows it.

import { HERE } from 'widget-files';

import { loadSession } from './loader.js';
import { json, optional } from './safe.js';
import { RUNNING, Driver } from './driver.js';
import { quote } from './server.js';
import { AGAIN_MS, languageOf, textsOf } from './texts.js';
import { View } from './view.js';

/** Properties with the attributes that they mirror: texts, and switches. */
const NAMED = { sku: 'sku', quantity: 'quantity', offer: 'offer', orderId: 'order-id', token: 'token', theme: 'theme' };
const SWITCHES = { autostart: 'autostart', disabled: 'disabled', showPrice: 'show-price' };

/** The words of the buttons if no words can be loaded. The payment needs no others. */
const BARE = { pay: 'WeChat Pay', renew: 'WeChat Pay', retry: 'WeChat Pay', cancel: '✕' };

export class WeChatPay extends (globalThis.HTMLElement ?? Object) {
  static observedAttributes = ['endpoint', 'lang', ...Object.values(NAMED), ...Object.values(SWITCHES)];

  #view = new View(this.attachShadow({ mode: 'open' }), {
    pay: () => this.start(),
    claim: () => this.#driver.claim(),
    cancel: () => this.cancel(),
  });
  #driver = null;
  #lines = null;
  #fields = null;
  #quote = null;
  #texts = null;
  #language;
  #overrides = {};
  #given = {};
  #waiting = [];
  #again = 0;
  #changed = false;
  #pageLanguage = optional(() => new MutationObserver(() => this.#load()));

  /** The Worker's address, by default where this script came from. Null if the given value is not an address. */
  get endpoint() {
    try {
      return new URL(this.#value('endpoint') || '/', HERE).href.replace(/\/$/, '');
    } catch {
      return null;
    }
  }

  set endpoint(endpoint) {
    this.#mirror('endpoint', endpoint);
  }

  /** What is bought: `[{ sku, quantity }, …]`. By default one line of `sku` and `quantity`. */
  get lines() {
    return this.#lines ?? [{ sku: this.sku ?? '', quantity: Number(this.quantity ?? 1) }];
  }

  set lines(lines) {
    this.#lines = lines && lines.map(({ sku, quantity = 1 }) => ({ sku: String(sku), quantity: Number(quantity) }));
    this.#cartChanged();
  }

  /** What the shopper typed, by the names of the catalogue's fields: `{ email: '…' }`. */
  get fields() {
    return this.#fields ?? {};
  }

  set fields(fields) {
    this.#fields = fields && Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, String(text)]));
    this.#cartChanged();
  }

  /** The merchant's own words in place of ours, by their names in the section `element` of `lang/en.json`. */
  get texts() {
    return this.#overrides;
  }

  set texts(texts) {
    this.#overrides = { ...texts };
    this.#show();
  }

  /** idle, creating, showing, checking, paid, expired, cancelled, failed or sold_out. */
  get state() {
    const state = this.#driver?.step.state ?? 'idle';
    return this.#isSoldOut(state) ? 'sold_out' : state;
  }

  /** Known before the shopper presses, or by the Worker's refusal. */
  #isSoldOut(state) {
    return state === 'idle' ? this.#quote?.soldOut : state === 'failed' && this.#driver.problem?.code === 'sold_out';
  }

  /** The order as the Worker last showed it, or null. */
  get order() {
    return JSON.parse(json(this.#driver?.order ?? null));
  }

  /**
   * Pay, a new code when one is over, or *try again now*.
   * @returns {Promise<string>} the state once there is a code to scan or the payment is over; never rejects
   */
  async start() {
    this.#renew();
    return this.disabled || !this.isConnected ? this.state : this.#start();
  }

  /** The same as `start()`, under the name the button has after a failure. */
  retry() {
    return this.start();
  }

  /**
   * The shopper cancels.
   * @returns {Promise<string>} the state once the payment is over: paid wins over cancelled; never rejects
   */
  async cancel() {
    const over = this.#until(() => !RUNNING.includes(this.state));
    this.#driver?.cancel();
    this.#settle(!this.isConnected);
    return over;
  }

  connectedCallback() {
    for (const name of ['endpoint', 'lines', 'fields', 'texts', ...Object.keys(NAMED), ...Object.keys(SWITCHES)]) this.#upgrade(name);
    const before = this.#driver;
    // If the element is moved in one step, as frameworks do, the payment goes on. If it is removed and put back later, it
    // keeps a final state, and the key finds a running payment again.
    const moved = before && !before.closed;
    this.#changed ||= moved; // its attributes may have changed
    if (!moved) this.#open();
    if (before && !before.running) this.#driver.show(before);
    this.#view.dress();
    this.#view.observe(() => this.#paint());
    optional(() => this.#pageLanguage.observe(document.documentElement, { attributeFilter: ['lang'] }));
    this.#load();
    this.#show();
    if (moved) return this.#renew();
    if (before?.running) this.#start();
    else this.#autostart();
  }

  disconnectedCallback() {
    queueMicrotask(() => this.isConnected || this.#leave());
  }

  #leave() {
    this.#driver.close();
    this.#view.stop();
    this.#pageLanguage?.disconnect();
    clearTimeout(this.#again);
    this.#language = null;
    this.#settle(true);
  }

  attributeChangedCallback(name, before, after) {
    if (before === after || !this.isConnected) return;
    if (name === 'lang') this.#load();
    else if (name === 'autostart') this.#autostart();
    else if (name === 'show-price') this.#look();
    else if (name === 'disabled' || name === 'theme') this.#show();
    else this.#cartChanged();
  }

  async #start() {
    const driver = this.#driver;
    if (!driver) return this.state;
    const ready = this.#until(() => driver.step.payable || !driver.running);
    await driver.start();
    return ready;
  }

  #autostart() {
    if (!this.isConnected || !this.autostart || this.state !== 'idle') return;
    // A prerendered page may never be opened, so it orders nothing.
    if (document.prerendering) document.addEventListener('prerenderingchange', () => this.#autostart(), { once: true });
    else this.start();
  }

  #open() {
    this.#driver?.close();
    this.#settle(true);
    const driver = new Driver(this.#cart(), (event) => {
      try {
        this.#show();
      } catch (error) {
        optional(() => console.error(error)); // a view that fails does not stop the payment or its events
      }
      this.#settle();
      if (event) this.#tell(event);
      this.#renew();
    }, () => languageOf(this).tag);
    this.#changed = false;
    this.#driver = driver;
    this.#look();
    this.#show();
  }

  /** Asks what the goods cost, if the page wants that shown before the shopper presses. */
  async #look() {
    const driver = this.#driver;
    const { goods } = this.#cart();
    this.#quote = this.showPrice && goods?.lines ? {} : null;
    if (!this.#quote) return this.#show();
    try {
      const skus = goods.lines.map(({ sku }) => sku);
      const { items, ...money } = await quote(this, skus, languageOf(this).tag);
      if (driver !== this.#driver || !this.#quote) return; // meanwhile the cart changed
      const bought = goods.lines.map(({ sku, quantity }) => ({ quantity, ...items.find((item) => item.sku === sku) }));
      const minor = bought.reduce((sum, { amount_minor, quantity }) => sum + amount_minor * quantity, 0);
      const description = bought.map(({ name, quantity }) => (quantity > 1 ? `${name} × ${quantity}` : name)).join(', ');
      this.#quote = { soldOut: bought.some(({ state }) => state === 'sold_out'), ...(minor && { amount: { minor, ...money }, description }) };
    } catch {
      // Without an answer the button is as ever; the press tells the rest.
    }
    this.#show();
  }

  /** An order that the shop placed itself, an offer that the shop signed, or goods from its catalogue. */
  #cart() {
    const { endpoint, orderId: id, token, offer, quantity, lines, fields } = this;
    if (id) return { endpoint, id, token };
    const said = Object.keys(fields).length > 0 && { fields };
    return { endpoint, goods: { ...(offer ? { offer, quantity: Number(quantity ?? 1) } : { lines }), ...said } };
  }

  /** Another cart is another payment. Several properties that are set in a row count as one change. */
  #cartChanged() {
    if (this.#changed) return;
    this.#changed = true;
    queueMicrotask(() => this.#renew());
  }

  /** Begins a new payment if the cart changed. */
  #renew() {
    if (!this.#changed || !this.isConnected || !this.#driver) return;
    const { running, quitting } = this.#driver;
    if (running && quitting) return; // the Worker must hear of the cancel first
    const cart = this.#cart();
    // Frameworks set the same goods whenever they draw, and remove attributes that they did not write. If that leaves a
    // cart without goods, the running payment goes on.
    const isEmpty = cart.goods?.lines?.every(({ sku }) => !sku);
    this.#changed = false;
    if (this.#driver.isOf(cart) || (running && isEmpty)) return;
    this.#open();
    if (running) this.#start();
  }

  /** Loads the words. Also loads the wasm, so that it is ready when the shopper presses pay. */
  async #load() {
    loadSession().catch(() => {}); // start() reports a failure
    clearTimeout(this.#again);
    const language = (this.#language = languageOf(this));
    try {
      const texts = await textsOf(language);
      if (language !== this.#language) return; // meanwhile the language changed
      this.#texts = texts;
      this.#show();
    } catch {
      if (language !== this.#language) return;
      // Earlier words stay, and the payment goes on.
      this.#texts ??= { words: BARE };
      this.#again = setTimeout(() => this.#load(), AGAIN_MS);
      this.#show();
    }
  }

  #show() {
    const { step, order } = this.#driver ?? {};
    if (!step || !this.isConnected) return;
    // Idle sets no attribute: a framework that hydrates the element must find only the attributes that its server wrote.
    if (this.state === 'idle') this.removeAttribute('state');
    else this.setAttribute('state', this.state);
    this.#view.show({
      ...step,
      state: this.state,
      order,
      quote: this.#quote,
      texts: this.#texts && this.#words(step.state),
      language: this.#texts?.language,
      theme: this.theme,
      disabled: this.disabled,
    });
    this.#paint();
  }

  /** The words of the language, then the merchant's own, then those for an order that the shop placed itself. */
  #words(state) {
    const { words } = this.#texts;
    const unsure = words.cancelled_unanswered;
    // Only the shop can place another such order, so the texts offer none.
    const ofTheShop = this.orderId && state !== 'idle' && { pay: '', renew: '', expired_hint: unsure, failed_rejected: unsure, failed_shop_misconfigured: unsure };
    return { ...words, failed_unloaded: unsure, failed_unavailable: words.failed_gateway_unreachable, ...this.#overrides, ...ofTheShop };
  }

  #paint() {
    const { step, order } = this.#driver;
    this.#view.paint(step.payable ? order : undefined);
  }

  #tell(word) {
    let detail = this.order;
    if (word === 'error') {
      const { step, problem } = this.#driver;
      detail = { code: this.state === 'sold_out' ? 'sold_out' : step.failure, message: problem?.detail ?? '' };
      // The Worker knows its own refusals. What only the page saw goes to the console, for the page's developers.
      if (problem && !problem.code) optional(() => console.error(`<wechat-pay> ${detail.code}: ${detail.message}`));
    }
    this.dispatchEvent(new CustomEvent(`wechat-pay-${word}`, { bubbles: true, composed: true, detail }));
  }

  #until(reached) {
    return new Promise((resolve) => this.#waiting.push({ reached, resolve }));
  }

  /** Resolves the promises whose state is reached; with `all`, every one. */
  #settle(all) {
    const waiting = this.#waiting;
    const met = new Set(waiting.filter(({ reached }) => all || reached()));
    this.#waiting = waiting.filter((wait) => !met.has(wait));
    for (const { resolve } of met) resolve(this.state);
  }

  // No static block: a browser that cannot parse it could not even report that it is too old.
  static #mirrors = Object.entries(NAMED).map(([name, attribute]) =>
    Object.defineProperty(this.prototype, name, {
      get() {
        return this.#value(attribute);
      },
      set(value) {
        this.#mirror(attribute, value);
      },
    }),
  );

  /** The attribute. If the page has removed it, the last value that was given to the property. */
  #value(attribute) {
    return this.getAttribute(attribute) ?? this.#given[attribute] ?? null;
  }

  #mirror(attribute, value) {
    this.#given[attribute] = value == null ? null : String(value);
    if (value == null) this.removeAttribute(attribute);
    else this.setAttribute(attribute, value);
  }

  /** A property that was set before the element was defined hides its accessor. Set it again. */
  #upgrade(name) {
    if (!Object.hasOwn(this, name)) return;
    const value = this[name];
    delete this[name];
    this[name] = value;
  }
}

for (const [name, attribute] of Object.entries(SWITCHES)) {
  Object.defineProperty(WeChatPay.prototype, name, {
    get() {
      return this.hasAttribute(attribute);
    },
    set(on) {
      this.toggleAttribute(attribute, Boolean(on));
    },
  });
}
