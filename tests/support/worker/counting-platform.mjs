// The built Worker with a meter around it: requests, rows and alarms are counted as Cloudflare bills them. The test moves
// the clock and rings the alarms, so that the life of an order passes in a second. The build contains nothing of this.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { WORKER_BUILD } from '../project.mjs';
import { setStage } from '../stage.mjs';
import { BUT } from './but.mjs';
import { FRONTED_INDEX } from './fronted-index.mjs';

const FRONT = `
import worker, { OrderObject as Real } from './index.js';

const now = Date.now.bind(Date);
let aheadMs = 0;
Date.now = () => now() + aheadMs;

const counts = { workerRequests: 0, objectRequests: 0, alarms: 0, woken: {}, alarmRows: 0, indexRead: 0, indexWritten: 0, indexAccesses: 0 };
/** What the statements of the objects have read and written is known once their rows are consumed. */
const cursors = [];
/** When each object's alarm rings. */
const alarms = new Map();

function billed({ meta }) {
  counts.indexRead += meta.rows_read;
  counts.indexWritten += meta.rows_written;
}

${FRONTED_INDEX}${BUT}
export class OrderObject extends Real {
  #id;

  constructor(state, env) {
    const id = state.id.toString();
    const { storage } = state;
    const exec = (...statement) => {
      const cursor = storage.sql.exec(...statement);
      cursors.push(cursor);
      return cursor;
    };
    // An alarm is billed as a row. It rings when the test rings it.
    const setAlarm = async (at) => {
      counts.alarmRows += 1;
      alarms.set(id, at);
    };
    const deleteAlarm = async () => void alarms.delete(id);
    const metered = but(storage, { sql: but(storage.sql, { exec }), setAlarm, deleteAlarm });
    Object.defineProperty(state, 'storage', { value: metered });
    super(state, withFrontedIndex(env, { before: () => void (counts.indexAccesses += 1), after: billed }));
    this.#id = id;
  }

  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname !== '/of-the-test/alarm') {
      this.#asked(pathname);
      return super.fetch(request);
    }
    counts.alarms += 1;
    alarms.delete(this.#id);
    await this.alarm();
    return new Response();
  }

  ask(path, ...question) {
    this.#asked(path);
    return super.ask(path, ...question);
  }

  #asked(path) {
    counts.objectRequests += 1;
    counts.woken[path] = (counts.woken[path] ?? 0) + 1;
  }
}

export default {
  ...worker,
  async fetch(request, env, context) {
    const [, ofTheTest, name, order] = new URL(request.url).pathname.split('/');
    if (ofTheTest !== 'of-the-test') {
      counts.workerRequests += 1;
      return worker.fetch(request, env, context);
    }
    const id = order && env.ORDERS.idFromName(order);
    if (name === 'clock') aheadMs += Number(await request.text());
    if (name === 'ring') await env.ORDERS.get(id).fetch('https://order/of-the-test/alarm');
    const sum = (member) => cursors.reduce((rows, cursor) => rows + cursor[member], 0);
    const rows = { objectRead: sum('rowsRead'), objectWritten: sum('rowsWritten') };
    return Response.json({ now: Date.now(), alarm: id && alarms.get(id.toString()), counts: { ...counts, ...rows } });
  },
};
`;

/** A stage whose Worker is metered: see the class. */
export async function setMeteredStage(options = {}) {
  const at = (name) => join(WORKER_BUILD, name);
  const modules = [
    { type: 'ESModule', path: at('counting-platform.mjs'), contents: FRONT },
    { type: 'ESModule', path: at('index.js'), contents: await readFile(at('index.js')) },
    { type: 'CompiledWasm', path: at('index_bg.wasm'), contents: await readFile(at('index_bg.wasm')) },
  ];
  const stage = await setStage({ ...options, platform: { ...options.platform, modules } });
  return { ...stage, meter: new Meter(stage) };
}

class Meter {
  #url;
  #gateway;

  constructor({ worker, gateway }) {
    this.#url = worker.url;
    this.#gateway = gateway;
  }

  /** Everything that was counted since the start, once nothing is under way any more. */
  async read() {
    let before;
    for (;;) {
      const { counts } = await this.#ask('counts');
      const all = { ...counts, gatewayCalls: this.#gateway.calls.length };
      if (JSON.stringify(all) === before && this.#gateway.calls.every(({ over }) => over)) return all;
      before = JSON.stringify(all);
      await pause(120);
    }
  }

  /** Moves the clock, that of the gateway too. */
  pass(ms) {
    for (const order of this.#gateway.ledger.orders.values()) order.openedAtMs -= ms;
    return this.#ask('clock', String(ms));
  }

  /** Lets the time pass until `ms` after now, and rings the order's alarm whenever it is due. */
  async live(id, ms) {
    let { now: start } = await this.#ask('counts');
    const end = start + ms;
    for (;;) {
      await this.read();
      const { now, alarm } = await this.#ask(`alarm/${id}`);
      if (alarm === undefined || alarm > end) return this.pass(Math.max(0, end - now));
      await this.pass(Math.max(0, alarm - now + 1));
      await this.#ask(`ring/${id}`);
    }
  }

  async #ask(path, body = '') {
    const answer = await fetch(`${this.#url}/of-the-test/${path}`, { method: 'POST', body });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }
}
