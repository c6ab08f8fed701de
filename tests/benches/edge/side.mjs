// One target in one round: its server, and the orders that were placed there.

import { makeFolder, removeFolder } from './folder.mjs';
import { load } from './load.mjs';
import { quiet } from './process.mjs';
import { singles } from './scenarios.mjs';
import { startServer } from './server.mjs';

/** In the phase of few orders. */
const FEW = 100;

export class Side {
  /** Orders with their notifications, by what becomes of them. */
  few = [];
  warm = [];
  cold = [];
  hot = [];
  single = [];
  /** The chunks of the scenario that is being measured. */
  chunks = [];
  #folder;
  #since;

  constructor(target, outside, merchant, options) {
    Object.assign(this, { target, outside, merchant, options, n: options.n });
    this.junk = target.junk();
  }

  /** Starts a server without any order. */
  async startAnew() {
    await this.stop();
    this.#folder = makeFolder();
    this.#since = Date.now();
    this.long = this.target.long(this.#seconds());
    await this.#start();
    if (!this.options.lean) await this.target.prepare?.(await this.server.database());
  }

  /** Starts the server again on the same files, so that no object is in memory. */
  async restart() {
    await quiet(this.server.pid);
    await this.server.stop();
    await this.#start();
  }

  async stop() {
    await this.server?.stop();
    this.server = undefined;
    if (this.#folder) removeFolder(this.#folder);
    this.#folder = undefined;
  }

  /** The work of placing orders, which are added to this list. Their messages are made later: to sign one takes long. */
  placing(list) {
    const { target } = this;
    return {
      request: () => target.create(),
      check(status, text) {
        const order = status === 201 && target.created(text);
        if (order) list.push(order);
        return Boolean(order);
      },
    };
  }

  /** Work that is not measured, and must go well. */
  async must(work) {
    const result = await load({ port: this.server.port, connections: this.options.connections, ...work });
    if (result.errors === 0) return;
    const [[first, times]] = result.reasons;
    const what = `${this.target.name}: ${result.errors} answers were wrong, ${times} × ${first}`;
    throw new Error(`${what}\nThe end of its log:\n${this.server.log()}`);
  }

  async prepareFew() {
    await this.must({ ...this.placing(this.few), count: FEW });
    this.#prepareMessages(this.few);
    await this.must(this.#paying(this.few));
  }

  async preparePlacing() {
    await this.must({ ...this.placing(this.warm), count: this.options.warm });
  }

  /** After the orders of `create` have been placed, or instead of that. */
  async preparePaying() {
    if (this.cold.length === 0) await this.must({ ...this.placing(this.cold), count: this.n });
    await this.restart();
    this.#prepareMessages(this.warm);
    await this.must(this.#paying(this.warm));
    await this.must({ ...this.placing(this.single), count: singles(this.n) });
    await this.must({ ...this.placing(this.hot), count: this.n });
    this.#prepareMessages([...this.cold, ...this.single, ...this.hot]);
  }

  /** Pays those that no scenario has paid, and looks at each: so all that was placed is paid. */
  async payAll() {
    const all = [...this.cold, ...this.hot, ...this.single];
    this.#prepareMessages(all);
    await this.must(this.#paying(all));
    await this.must({ count: all.length, request: (at) => this.target.look(all[at]), check: this.target.isPaid });
    await this.check([...this.warm, ...all]);
  }

  /** The index and the merchant must have heard of each of these payments. */
  async check(paid) {
    const { name } = this.target;
    await quiet(this.server.pid);
    const { queries, told, wrong } = await this.outside.seen();
    if (wrong.length > 0) throw new Error(`${name}: the world outside complains ${wrong.length} times: ${wrong[0]}`);
    if (queries > 0) throw new Error(`${name}: ${queries} queries fell into what is measured`);
    if (this.options.lean) return;
    const heard = new Set(told);
    const untold = paid.filter(({ id }) => !heard.has(id));
    if (untold.length > 0) throw new Error(`${name}: of ${untold.length} of ${paid.length} payments no webhook was sent`);
    const database = await this.server.database();
    const rows = await database.prepare("SELECT count(*) AS rows FROM orders WHERE state = 'paid'").first('rows');
    if (rows !== paid.length) throw new Error(`${name}: ${paid.length} orders are paid, and ${rows} in the index`);
  }

  /** Signed at the time that the Worker's clock shows, which goes so slowly that they stay new. */
  #prepareMessages(orders) {
    for (const order of orders) if (!order.notification) Object.assign(order, this.target.messagesOf(order, this.#seconds()));
  }

  #seconds() {
    return Math.floor(this.#since / 1000);
  }

  #paying(orders) {
    const { target } = this;
    return { count: orders.length, request: (at) => target.notify(orders[at].notification), check: target.isAcknowledged };
  }

  async #start() {
    const files = { folder: this.#folder, since: this.#since };
    this.server = await startServer(this.target, { ...this.options, outside: this.outside, ...files });
  }
}
