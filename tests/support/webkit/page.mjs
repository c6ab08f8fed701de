// A tab of WebKit as a shopper uses it: what one can see and press, in the page and in open shadow roots. Nothing here
// looks behind the page except at the QR code's pixels.

import { fromPixels, fromPng, packPixels, unpacked } from '../page/qr.mjs';
import { until } from '../until.mjs';

export class WebKitPage {
  #session;
  #window;
  #troubles = [];

  constructor(session, window, origin) {
    this.#session = session;
    this.#window = window;
    this.origin = origin;
  }

  /** Opens an address: a path of the proxy, or a whole address. */
  async go(address) {
    await this.#keepTroubles();
    await this.#command('POST', '/url', { url: new URL(address, this.origin).href });
  }

  async reload() {
    await this.#keepTroubles();
    await this.#command('POST', '/refresh');
  }

  /** Goes back. The page does it, because the driver would wait for a load, and a page from the cache has no load. */
  async back() {
    await this.#keepTroubles();
    await this.run(() => void setTimeout(() => history.back(), 50));
  }

  address() {
    return this.#command('GET', '/url');
  }

  /** Runs a function in the page. Resolves to its result. */
  run(work, ...args) {
    return this.#session.run(this.#window, work, args);
  }

  /** Presses the button, link or summary with these words as soon as it can be pressed. */
  async press(words) {
    await until(`“${words}” can be pressed`, async () => {
      const element = await this.run(findPressable, words);
      if (!element) return false;
      await this.#session.click(this.#window, element);
      return true;
    });
  }

  /** Whether something with exactly these words can be seen. */
  shows(words) {
    return this.run(isShown, words);
  }

  /** Waits until the page says this. */
  async says(words) {
    await until(`the page says “${words}”`, () => this.shows(words));
  }

  /** Presses pay and waits for the code. Resolves to the order as the element has it. */
  async pay() {
    await this.press('Pay with WeChat Pay');
    return this.showing();
  }

  async showing() {
    await this.says('Scan with WeChat to pay');
    return this.order();
  }

  order() {
    return this.run(() => document.querySelector('wechat-pay').order);
  }

  state() {
    return this.run(() => document.querySelector('wechat-pay').state);
  }

  /** The words of the events so far. */
  told() {
    return this.run(() => globalThis.events.map(({ word }) => word));
  }

  /** The pixels of the code's canvas. */
  async pixels() {
    return unpacked(await this.run(`() => (${packPixels})(document.querySelector('wechat-pay').shadowRoot.querySelector('canvas'))`));
  }

  /** The text in the code, read from the canvas's pixels. */
  code() {
    return until('the canvas holds a code that can be read', async () => fromPixels(await this.pixels()));
  }

  /** The text in the code as a camera sees it: read from a picture of the window. */
  codeOnScreen() {
    return until('the screen shows a code that can be read', async () => fromPng(await this.screenshot()));
  }

  /** Waits until everything so far has been painted. Resolves to a picture of the window. */
  async screenshot() {
    await this.painted();
    return this.#session.screenshot(this.#window);
  }

  /** A picture of the window of a browser that runs no script. */
  screenshotWithoutScript() {
    return this.#session.screenshot(this.#window);
  }

  /** Clicks the element that a CSS selector finds, without a script. */
  async clickBySelector(selector) {
    const element = await this.#command('POST', '/element', { using: 'css selector', value: selector });
    await this.#session.click(this.#window, element);
  }

  /** The text of the element that a CSS selector finds, without a script. */
  async textBySelector(selector) {
    const element = await this.#command('POST', '/element', { using: 'css selector', value: selector });
    return this.#command('GET', `/element/${Object.values(element)[0]}/text`);
  }

  /** Waits until everything so far has been painted. Resolves to the element's height at that time. */
  painted() {
    return this.run(async () => {
      for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
      return document.querySelector('wechat-pay')?.getBoundingClientRect().height;
    });
  }

  /** Everything that went wrong so far, one line each: in this page and in the pages that this tab showed before. */
  async troubles() {
    await this.#keepTroubles();
    return this.#troubles;
  }

  /** Returns the troubles that the test expects, and removes them from those that make it fail. */
  async expected(pattern) {
    const all = await this.troubles();
    this.#troubles = all.filter((trouble) => !pattern.test(trouble));
    return all.filter((trouble) => pattern.test(trouble));
  }

  async #keepTroubles() {
    this.#troubles.push(...((await this.run(() => globalThis.troubles?.splice(0) ?? []).catch(() => [])) ?? []));
  }

  #command(method, path, body) {
    return this.#session.command(this.#window, method, path, body);
  }
}

/** Runs in the page before its own scripts: records what goes wrong. It does not see messages of the engine's own console. */
export function keepTroubles() {
  const troubles = (globalThis.troubles = []);
  for (const level of ['error', 'warn']) {
    const say = console[level];
    console[level] = (...words) => {
      troubles.push(`console.${level}: ${words.join(' ')}`);
      say.apply(console, words);
    };
  }
  addEventListener('error', ({ message, target }) => troubles.push(message ? `uncaught: ${message}` : `not loaded: ${target.src ?? target.href}`), true);
  addEventListener('unhandledrejection', ({ reason }) => troubles.push(`unhandled: ${reason} ${reason?.stack}`));
  addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => troubles.push(`policy violated: ${violatedDirective} by ${blockedURI}`));
}

/**
 * Runs in the page: the element with these words that can be pressed, once it has stopped moving and nothing covers it. This
 * matters because the driver presses a place and not an element.
 */
async function findPressable(words) {
  const all = (root) => [...root.querySelectorAll('*')].flatMap((element) => [element, ...(element.shadowRoot ? all(element.shadowRoot) : [])]);
  const isIt = (element) =>
    element.matches('button, a, summary') &&
    [element.textContent.trim(), element.ariaLabel].includes(words) &&
    element.checkVisibility({ visibilityProperty: true }) &&
    !element.disabled &&
    !element.closest('[inert]');
  const found = all(document).find(isIt);
  if (!found) return undefined;
  found.scrollIntoView({ block: 'center', behavior: 'instant' });
  const place = () => {
    const { x, y, width, height } = found.getBoundingClientRect();
    return [x + width / 2, y + height / 2];
  };
  const before = place();
  for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
  if (String(place()) !== String(before)) return undefined;
  let hit = document.elementFromPoint(...before);
  while (hit?.shadowRoot) {
    const inside = hit.shadowRoot.elementFromPoint(...before);
    if (!inside || inside === hit) break;
    hit = inside;
  }
  return found.contains(hit) ? found : undefined;
}

/** Runs in the page: whether a visible element has exactly these words. Its children must not have them all. */
function isShown(words) {
  const all = (root) => [...root.querySelectorAll('*')].flatMap((element) => [element, ...(element.shadowRoot ? all(element.shadowRoot) : [])]);
  const says = (element) => element.textContent.trim() === words;
  return all(document).some(
    (element) => says(element) && ![...element.children].some(says) && element.checkVisibility({ visibilityProperty: true }) && !element.closest('[inert]'),
  );
}
