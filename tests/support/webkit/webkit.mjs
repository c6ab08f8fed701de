// The tests in WebKit: what each of their files needs, and a `test` that is skipped with a reason on a machine without WebKit.

import assert from 'node:assert/strict';
import { after, afterEach, before, test as testOfNode } from 'node:test';

import { collectEvents, pageWith, POLICY, widgetOf } from '../page/widget-html.mjs';
import { setStage } from '../stage.mjs';
import { until } from '../until.mjs';
import { startDriver } from './driver.mjs';
import { keepTroubles, WebKitPage } from './page.mjs';
import { startProxy } from './proxy.mjs';
import { Session } from './webdriver.mjs';

const skip = process.env.WEBKIT_DRIVER_BIN ? false : 'WEBKIT_DRIVER_BIN names no driver of WebKit';

export const isThere = !skip;

/** Declares a test in WebKit. */
export const test = (name, work) => testOfNode(name, { skip }, work);

/** The path of the test's own page. */
const PAGE = '/page-of-a-test';

/**
 * Gives the tests around it a stage, a proxy in front of its Worker, and a browser with `scale` pixels to a CSS pixel. The
 * other options are the stage's. After each test the browser is closed, and the test fails if a page had troubles.
 */
export function inWebKit({ scale, ...options } = {}) {
  const at = new Scene();
  if (skip) return at;
  before(() => at.set(options, { scale }));
  afterEach(() => at.clear());
  after(() => at.strike());
  return at;
}

class Scene {
  #driver;
  #browser;
  #session;
  #pages = [];

  async set(options, browser) {
    this.#browser = browser;
    // The driver starts first. If it failed after the stage, nobody would stop the stage.
    this.#driver = await startDriver(browser);
    this.stage = await setStage(options);
    this.proxy = await startProxy(this.stage.worker);
  }

  async strike() {
    await this.#driver?.stop();
    await this.proxy?.stop();
    await this.stage?.stop();
  }

  /** After a test: restores the initial state, and only then fails for the test's troubles. */
  async clear() {
    const troubles = [];
    try {
      for (const page of this.#pages) troubles.push(...(await page.troubles()));
      troubles.push(...this.proxy.refusals);
    } finally {
      const session = this.#session;
      this.#session = undefined;
      this.#pages = [];
      this.proxy.reset();
      await session?.close().catch(() => this.#replaceDriver());
    }
    assert.deepEqual(troubles, [], 'no errors in the console, no violations of the policy, no failed loads');
  }

  /**
   * Opens a tab with a page that has this `html` in its body, and waits for the element. `first` runs before the page's own
   * scripts, with the argument `given`. `args` are added to the browser's command line, for the first tab only. A `hidden` tab
   * is behind another.
   */
  async open({ policy = POLICY, html = widgetOf(), head, script, isDefined = true, ...options } = {}) {
    const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy };
    this.proxy.answer(new RegExp(`^${PAGE}$`), () => ({ headers, body: pageWith(html, { head, script }) }));
    const page = await this.openTab(PAGE, options);
    if (isDefined) await page.run(() => customElements.whenDefined('wechat-pay').then(() => {}));
    return page;
  }

  /** Opens a tab with the page that the Worker has at this address. */
  async openTab(address, { first, given = null, ...options } = {}) {
    this.proxy.first = [keepTroubles, collectEvents].map((work) => `(${work})();`).join('\n');
    if (first) this.proxy.first += `\n(${first})(${JSON.stringify(given)});`;
    return this.openPlain(address, options);
  }

  /** Opens a tab without any script of the tests. */
  async openPlain(address, { args = [], pageLoadStrategy = 'normal', hidden = false } = {}) {
    const window = await (this.#session?.newWindow(hidden ? 'tab' : 'window') ?? this.#open(args, pageLoadStrategy));
    const page = this.#follow(window);
    await page.go(address);
    return page;
  }

  /** The tab that the page opens when `press` is called. */
  async opened(press) {
    const before = await this.#session.windows();
    await press();
    const window = await until('another tab', async () => (await this.#session.windows()).find((each) => !before.includes(each)));
    return this.#follow(window);
  }

  /** Starts another driver: a driver whose session does not end cannot open a second session. */
  async #replaceDriver() {
    await this.#driver.stop();
    this.#driver = await startDriver(this.#browser);
  }

  #follow(window) {
    const page = new WebKitPage(this.#session, window, this.proxy.url);
    this.#pages.push(page);
    return page;
  }

  /** Opens the browser. If the driver does not answer, which happens even for the first command, tries another driver. */
  async #open(args, pageLoadStrategy, tries = 3) {
    const browserOptions = { 'webkitgtk:browserOptions': { args: ['--automation', ...args] } };
    try {
      this.#session = await Session.open(this.#driver.url, { pageLoadStrategy, ...browserOptions });
    } catch (error) {
      if (tries === 1) throw error;
      await this.#replaceDriver();
      return this.#open(args, pageLoadStrategy, tries - 1);
    }
    return this.#session.window();
  }
}
