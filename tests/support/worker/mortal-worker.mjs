// A Worker that can be killed and started again over the same storage.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { startGateway } from '../gateway/gateway.mjs';
import { BACK_OFFICE, BackOffice } from '../shop/back-office.mjs';
import { Shop } from '../shop/shop.mjs';
import { startWorker } from './worker.mjs';

/**
 * Plays with a gateway and a Worker. `start` starts the Worker with these variables on this platform, `kill` ends it, and
 * the next `start` finds the same storage. `dead` reads and changes what a killed Worker left behind.
 */
export async function withMortalWorker(play, { startsGateway = startGateway } = {}) {
  const storage = await mkdtemp(join(tmpdir(), 'wechatpay-edge-'));
  const gateway = await startsGateway();
  const ORDER_SECRET = 'the order secret of one mortal Worker';
  let worker;
  const start = async (vars, platform) => {
    worker = await startWorker({
      gateway,
      storage,
      port: worker?.port,
      ...BACK_OFFICE,
      vars: { ...BACK_OFFICE.vars, ORDER_SECRET, ...vars },
      platform: { ...BACK_OFFICE.platform, ...platform },
    });
    return { worker, shop: new Shop(worker), office: new BackOffice(worker) };
  };
  const kill = async () => {
    await worker.stop();
    worker = { port: worker.port, stop: async () => {} };
  };
  try {
    await play({ gateway, start, kill, dead: new Remains(storage) });
  } finally {
    try {
      await worker?.stop();
    } finally {
      await gateway.stop();
      await rm(storage, { recursive: true, force: true });
    }
  }
}

/** The platform stores an alarm twice, in nanoseconds: in its list, and in the object. */
const IN_LIST = 'UPDATE _cf_ALARM SET scheduled_time = $ns';
const IN_OBJECT = 'UPDATE _cf_METADATA SET value = $ns WHERE key = 1';

/** What a Worker leaves behind: a SQLite file per object, and the platform's list of alarms. */
class Remains {
  #storage;

  constructor(storage) {
    this.#storage = storage;
  }

  /** Removes every alarm from the platform's list and from each object. */
  loseAlarms() {
    return this.#each((database, isList) =>
      database.exec(isList ? 'DELETE FROM _cf_ALARM' : 'DELETE FROM _cf_METADATA WHERE key = 1'),
    );
  }

  /** Makes every alarm ring when the Worker starts again. */
  ringAlarms() {
    const now = BigInt(Date.now()) * 1_000_000n;
    return this.#each((database, isList) => database.prepare(isList ? IN_LIST : IN_OBJECT).run({ ns: now }));
  }

  /** Makes the orders older. */
  age(days) {
    const path = "'$.order.made_at_ms'";
    return this.change(
      `UPDATE snapshot SET json = json_set(json, ${path}, json_extract(json, ${path}) - ${days * 86_400_000})`,
    );
  }

  /** Runs this statement in the database of every order. */
  change(sql) {
    return this.#each((database, isList) => isList || database.exec(sql));
  }

  /** The rows that this statement finds in the databases of all orders, or of those that have this table. */
  async rows(sql, table) {
    const rows = [];
    await this.#each((database, isList) => {
      if (isList || (table && !database.prepare('SELECT 1 FROM sqlite_master WHERE name = ?').get(table))) return;
      const statement = database.prepare(sql);
      statement.setReadBigInts(true);
      rows.push(...statement.all().map((row) => ({ ...row })));
    });
    return rows;
  }

  /** Everything that a step of an order writes: its snapshot, its events, its alarm. */
  async steps() {
    return {
      snapshot: await this.rows('SELECT json FROM snapshot'),
      events: [
        ...(await this.rows('SELECT json FROM event ORDER BY seq', 'event')),
        ...(await this.rows('SELECT events AS json FROM snapshot')),
      ].flatMap(({ json }) => json.trimEnd().split('\n').filter(Boolean).map((line) => JSON.parse(line))),
      alarm: await this.rows('SELECT value FROM _cf_METADATA WHERE key = 1 AND value IS NOT NULL'),
    };
  }

  async #each(visit) {
    const folder = join(this.#storage, 'do', '-OrderObject');
    for (const file of (await readdir(folder)).filter((name) => name.endsWith('.sqlite'))) {
      const database = new DatabaseSync(join(folder, file));
      try {
        // An object that has no order has written nothing, even if somebody asked it for one.
        const { tables } = database.prepare('SELECT count(*) AS tables FROM sqlite_master').get();
        // The books are an object of the same class.
        const isOfBooks = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'progress'").get() !== undefined;
        if (tables > 0 && !isOfBooks) visit(database, file === 'metadata.sqlite');
      } finally {
        database.close();
      }
    }
  }
}
