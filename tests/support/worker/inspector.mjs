// V8's inspector of a Worker in workerd: `inspectorPort` of Miniflare's options opens it.

/** The inspector's protocol, as far as the tests and the profile need it. */
export class Inspector {
  #socket;
  #waiting = new Map();
  #last = 0;

  /** Opens that of the Worker's own isolate. */
  static async open(port, name) {
    const isolates = await (await fetch(`http://127.0.0.1:${port}/json`)).json();
    const own = isolates.find(({ id }) => id.endsWith(`:${name}`));
    if (!own) throw new Error(`no isolate of ${name} among ${isolates.map(({ id }) => id)}`);
    const inspector = new Inspector();
    inspector.#socket = new WebSocket(own.webSocketDebuggerUrl.replace('localhost', '127.0.0.1'));
    inspector.#socket.onmessage = ({ data }) => inspector.#hear(JSON.parse(data));
    await new Promise((opened, failed) => {
      inspector.#socket.onopen = opened;
      inspector.#socket.onerror = () => failed(new Error('the inspector does not answer'));
    });
    inspector.#socket.onclose = () => inspector.#ended();
    return inspector;
  }

  send(method, params = {}) {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  close() {
    this.#socket.close();
  }

  #ended() {
    for (const { reject } of this.#waiting.values()) reject(new Error('workerd has ended the connection of its inspector'));
    this.#waiting.clear();
  }

  #hear({ id, result, error }) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result);
  }
}
