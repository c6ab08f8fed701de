// A page of a shop that contains only <wechat-pay>. It comes from the Worker's own origin, with the policy that the test
// wants. The page object also records what the widget sends to the Worker.

import { orderRequest } from '../shop/order-requests.mjs';
import { until } from '../until.mjs';
import { ENGINE } from './browsers.mjs';
import { fromCanvas } from './qr.mjs';
import { collectEvents, pageWith, POLICY, widgetOf } from './widget-html.mjs';

export { POLICY, widgetOf } from './widget-html.mjs';

/** A clock can only be stopped at a time in the future. */
const AHEAD_MS = 500;

export class WidgetPage {
  constructor(page, origin) {
    this.page = page;
    this.origin = origin;
    this.widget = page.locator('wechat-pay').first();
    this.canvas = this.widget.locator('canvas');
    /** What went to the order's routes, in order: `place`, `look`, `cancel`, `socket`. */
    this.sent = [];
    page.on('request', (request) => {
      const what = orderRequest(request.method(), new URL(request.url()).pathname);
      if (what && what !== 'socket') this.sent.push(what); // sockets are followed below
    });
  }

  /** Opens a page with this `html` in its body. `before` may prepare the page. */
  static async open(context, origin, { policy = POLICY, html = widgetOf(), before } = {}) {
    // Chromium takes an invented page for a page of the internet, which may not call a loopback address.
    if (ENGINE === 'chromium') await context.grantPermissions(['local-network-access', 'clipboard-read', 'clipboard-write'], { origin });
    const page = await context.newPage();
    const opened = new WidgetPage(page, origin);
    await opened.#followSockets();
    await page.addInitScript(() => {
      const { fetch } = globalThis;
      globalThis.inFlight = new Set();
      globalThis.fetch = (...request) => {
        const answer = fetch(...request);
        const over = answer.then((each) => each.clone().text()).catch(() => {});
        globalThis.inFlight.add(over);
        over.then(() => globalThis.inFlight.delete(over));
        return answer;
      };
    });
    await page.addInitScript(collectEvents);
    await page.route(`${origin}/page-of-a-test`, (route) =>
      route.fulfill({
        headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy },
        body: pageWith(html),
      }),
    );
    await before?.(page, opened);
    await page.goto(`${origin}/page-of-a-test`);
    await page.waitForFunction(() => customElements.get('wechat-pay'));
    return opened;
  }

  /** Presses pay and waits for the code. Resolves to the order as the widget has it. */
  async pay() {
    await this.widget.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
    return this.showing();
  }

  async showing() {
    await this.says('Scan with WeChat to pay');
    return this.order();
  }

  order() {
    return this.widget.evaluate((element) => element.order);
  }

  state() {
    return this.widget.evaluate((element) => element.state);
  }

  /** Waits until the widget says this. */
  async says(text) {
    await this.widget.getByText(text, { exact: true }).waitFor();
  }

  /** The text in the code, read from the canvas's pixels. */
  code() {
    return until('the canvas holds a code that can be read', () => fromCanvas(this.canvas));
  }

  /** The words of the events so far. */
  told() {
    return this.page.evaluate(() => globalThis.events.map(({ word }) => word));
  }

  /** Hides or shows the page, as the device reports it. */
  async hide(hidden) {
    await this.page.evaluate((hidden) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
  }

  /** Waits until the server pushes changes. */
  async live() {
    await until('the server has pushed its first view', () => this.pushes > 0);
  }

  /** Counts the page's sockets, the open ones and the pushed messages. The page counts, because not every driver reports them. */
  async #followSockets() {
    this.pushes = 0;
    this.sockets = 0;
    await this.page.exposeFunction('__socket', (what) => {
      if (what === 'opening') this.sent.push('socket');
      if (what === 'open') this.sockets += 1;
      if (what === 'close') this.sockets -= 1;
      if (what === 'message') this.pushes += 1;
    });
    await this.page.addInitScript(() => {
      const tell = globalThis.__socket;
      globalThis.WebSocket = class extends WebSocket {
        constructor(...values) {
          super(...values);
          tell('opening');
          for (const what of ['open', 'close']) this.addEventListener(what, () => tell(what));
          this.addEventListener('message', ({ data }) => data !== 'pong' && tell('message'));
        }

        /** A pulse counts as a question, too: without an answer the page takes the connection for dead. */
        send(data) {
          super.send(data);
          const over = new Promise((heard) => ['message', 'close'].forEach((what) => this.addEventListener(what, heard, { once: true })));
          globalThis.inFlight.add(over);
          over.then(() => globalThis.inFlight.delete(over));
        }
      };
    });
  }

  /**
   * Moves the page's clock forward (after `page.clock.install()`), and the Worker's clock if `goAhead` is given
   * (moved-clock.mjs). It moves in steps and waits after each until every request is answered. A step is shorter than the ten
   * seconds that a request may take, because the answer may come only at the step's end.
   */
  async pass(ms, stepMs = 1000, goAhead) {
    // Between the steps the clock stops. Otherwise a slow machine would add the time of the test to the time of the page.
    const { clock } = this.page;
    await clock.pauseAt(await this.page.evaluate((aheadMs) => Date.now() + aheadMs, AHEAD_MS));
    for (let passed = 0; passed < ms; passed += stepMs) {
      await goAhead?.(stepMs);
      await clock.runFor(stepMs);
      await this.page.evaluate(async () => {
        await Promise.all(globalThis.inFlight);
        await fetch('/healthz', { cache: 'no-store' }).then((answer) => answer.text()).catch(() => {}); // offline
      });
    }
    await clock.resume();
  }
}
