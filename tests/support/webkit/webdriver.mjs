// A client of W3C WebDriver: a session of a browser, by plain HTTP. Tests may give commands to several windows at the same
// time. Each command runs alone, in its own window.

/** The standard's name for a reference to an element. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
/** A command that takes longer than this will never be answered. */
const PATIENCE_MS = 30_000;

export class Session {
  #base;
  #turn = Promise.resolve();
  #current;

  /** Opens a session at the driver with this address. It must have these `capabilities`. */
  static async open(url, capabilities = {}) {
    const { sessionId } = await ask('POST', `${url}/session`, { capabilities: { alwaysMatch: capabilities } });
    const session = new Session();
    session.#base = `${url}/session/${sessionId}`;
    session.#current = await ask('GET', `${session.#base}/window`);
    return session;
  }

  /** The window that the browser came with. */
  window() {
    return this.#current;
  }

  /** Opens another `window`, or a `tab` behind the one that is shown. */
  async newWindow(type) {
    const { handle } = await this.command(undefined, 'POST', '/window/new', { type });
    return handle;
  }

  windows() {
    return this.command(undefined, 'GET', '/window/handles');
  }

  /** One command in this window, or in none. */
  command(window, method, path, body) {
    const run = async () => {
      if (window !== undefined && window !== this.#current) {
        await ask('POST', `${this.#base}/window`, { handle: window });
        this.#current = window;
      }
      return ask(method, this.#base + path, body);
    };
    const result = this.#turn.then(run);
    this.#turn = result.catch(() => {});
    return result;
  }

  /** Runs a function in the page. Resolves to its result, or to that of its promise. Elements come as references, for `click`. */
  async run(window, work, args) {
    // The driver would report an error without its message.
    const script = `const done = arguments[arguments.length - 1];
      Promise.resolve().then(() => (${work})(...[...arguments].slice(0, -1))).then((value) => done({ value }), (error) => done({ error: String(error) + error.stack }));`;
    const { value, error } = await this.command(window, 'POST', '/execute/async', { script, args });
    if (error) throw new Error(`in the page: ${error}`);
    return value ?? undefined;
  }

  click(window, element) {
    return this.command(window, 'POST', `/element/${element[ELEMENT]}/click`, {});
  }

  async screenshot(window) {
    return Buffer.from(await this.command(window, 'GET', '/screenshot'), 'base64');
  }

  close() {
    return this.command(undefined, 'DELETE', '');
  }
}

async function ask(method, url, body) {
  const what = `${method} ${new URL(url).pathname.replace(/^\/session\/[^/]+/, '…')}`;
  const answer = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(PATIENCE_MS),
    ...(method === 'POST' && { body: JSON.stringify(body ?? {}) }),
  }).catch((error) => {
    throw new Error(`${what}: the driver did not answer`, { cause: error });
  });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`${what}: ${value.error}: ${value.message}`);
  return value;
}
