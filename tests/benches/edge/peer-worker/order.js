// One order of the peer: a Durable Object that keeps the truth in its SQLite and talks to the gateway.

import { DurableObject } from 'cloudflare:workers';
import { code, newsOf, TIME } from 'peer:api';
import { served } from 'peer:link';

import { sendWebhook, writeRow } from './tell.js';

const SCHEMA = `
  CREATE TABLE ord (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL, total_fee INTEGER NOT NULL, fee_type TEXT NOT NULL,
    sign_type TEXT NOT NULL, token TEXT NOT NULL, body TEXT NOT NULL, product_id TEXT NOT NULL, code_url TEXT,
    transaction_id TEXT, time_end TEXT, placed_at INTEGER NOT NULL, paid_at INTEGER, told INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;
  CREATE TABLE event (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, detail TEXT);
`;

/** When the gateway is asked whether an order is paid, in seconds after it was placed, as WeChat advises. */
const QUERIES_S = [5, 30, 60, 180, 300, 600, 1800];
/** When a webhook or a row that was not accepted is tried again. */
const TELL_AGAIN_MS = 30_000;

class Order extends DurableObject {
  /** The row as it was read or written last. The object is the only writer. */
  #row;

  async create(spec) {
    if (this.#order()) return view(this.#row);
    const now = Date.now();
    this.#place(spec, now);
    let answer;
    try {
      answer = await code(this.env, spec);
      if (!/^weixin:\/\/wxpay\//.test(answer.url)) throw new Error('no code_url');
    } catch (error) {
      this.#note('not-placed', error.message);
      return { error: error.message };
    }
    // A notification may have come while the gateway was asked.
    if (this.#row.state === 'new') {
      this.#change({ state: 'awaiting', code_url: answer.url });
      this.#note('code', answer.prepayId);
      this.#tell();
    }
    return view(this.#row);
  }

  /** An unknown order and a wrong token look alike. */
  status(token) {
    const order = this.#order();
    return order && isSame(token, order.token) ? view(order) : null;
  }

  /** A verified notification or answer to a query. A payment is applied once. */
  pay(news) {
    const order = this.#order();
    if (!order) return 'unknown order';
    if (news.signType !== order.sign_type) return 'signature type';
    // It says that the shopper's bank refused. There is nothing to do.
    if (news.resultCode !== 'SUCCESS') return 'ok';
    const fits = news.tradeType === 'NATIVE' && news.feeType === order.fee_type && news.totalFee === String(order.total_fee);
    if (!fits) {
      this.#note('mismatch', `${news.totalFee} ${news.feeType}`);
      return 'does not fit the order';
    }
    if (!/^[0-9A-Za-z]{1,32}$/.test(news.transactionId ?? '') || !TIME.test(news.timeEnd ?? '')) return 'incomplete';
    if (order.state === 'paid') {
      if (order.transaction_id !== news.transactionId) this.#note('second-payment', news.transactionId);
      return 'ok';
    }
    const now = Date.now();
    this.#change({ state: 'paid', transaction_id: news.transactionId, time_end: news.timeEnd, paid_at: now });
    this.#note('paid', news.transactionId);
    this.ctx.storage.setAlarm(now + TELL_AGAIN_MS);
    this.#tell();
    return 'ok';
  }

  async alarm() {
    const order = this.#order();
    if (!order || order.told) return;
    // Before anything that can fail, so that the next alarm is there in every case.
    const next = nextAlarm(order, Date.now());
    if (next) this.ctx.storage.setAlarm(next);
    this.#tell();
    if (order.state !== 'paid') await this.#query(order);
  }

  async #query(order) {
    try {
      const found = await newsOf(this.env, order);
      if (found) this.pay(found);
    } catch (error) {
      this.#note('query-failed', error.message);
    }
  }

  /** Tells the index of every change, and the merchant of the payment, while the caller goes on. */
  #tell() {
    this.ctx.waitUntil(this.#tellNow(this.#row));
  }

  /**
   * What was accepted of the payment is noted, so that neither is lost and neither is told for ever. A row of a state before
   * that needs no note: a later one overtakes it.
   */
  async #tellNow(order) {
    const isPaid = order.state === 'paid';
    try {
      await Promise.all([writeRow(this.env, order), isPaid && sendWebhook(this.env, order)]);
    } catch (error) {
      this.#note('not-told', error.message);
      return;
    }
    if (!isPaid || this.#row.told) return;
    this.#row = { ...this.#row, told: 1 };
    this.ctx.storage.sql.exec('UPDATE ord SET told = 1');
    this.ctx.storage.deleteAlarm();
  }

  #order() {
    if (this.#row === undefined) this.#row = this.#read();
    return this.#row;
  }

  #read() {
    try {
      return this.ctx.storage.sql.exec('SELECT * FROM ord').toArray()[0] ?? null;
    } catch (error) {
      if (/no such table/.test(error.message)) return null;
      throw error;
    }
  }

  #place(spec, now) {
    const { sql } = this.ctx.storage;
    sql.exec(SCHEMA);
    sql.exec(
      'INSERT INTO ord (id, version, state, total_fee, fee_type, sign_type, token, body, product_id, placed_at) ' +
        "VALUES (?, 1, 'new', ?, ?, ?, ?, ?, ?, ?)",
      ...[spec.id, spec.totalFee, spec.feeType, spec.signType, spec.token, spec.body, spec.productId, now],
    );
    this.#note('created');
    this.ctx.storage.setAlarm(now + QUERIES_S[0] * 1000);
    this.#row = {
      id: spec.id,
      version: 1,
      state: 'new',
      total_fee: spec.totalFee,
      fee_type: spec.feeType,
      sign_type: spec.signType,
      token: spec.token,
      body: spec.body,
      product_id: spec.productId,
      code_url: null,
      transaction_id: null,
      time_end: null,
      placed_at: now,
      paid_at: null,
      told: 0,
    };
    this.#tell();
  }

  #change(changes) {
    this.#row = { ...this.#row, ...changes, version: this.#row.version + 1 };
    const { version, state, code_url: code, transaction_id: transaction, time_end: end, paid_at: paidAt } = this.#row;
    this.ctx.storage.sql.exec(
      'UPDATE ord SET version = ?, state = ?, code_url = ?, transaction_id = ?, time_end = ?, paid_at = ?',
      ...[version, state, code, transaction, end, paidAt],
    );
  }

  #note(kind, detail = null) {
    this.ctx.storage.sql.exec('INSERT INTO event (at, kind, detail) VALUES (?, ?, ?)', Date.now(), kind, detail);
  }
}

export const OrderActor = served(Order);

function view(order) {
  return {
    id: order.id,
    state: order.state,
    total_fee: order.total_fee,
    fee_type: order.fee_type,
    code_url: order.state === 'awaiting' ? order.code_url : undefined,
    transaction_id: order.transaction_id ?? undefined,
  };
}

function nextAlarm(order, now) {
  if (order.state === 'paid') return now + TELL_AGAIN_MS;
  const next = QUERIES_S.find((seconds) => order.placed_at + seconds * 1000 > now + 500);
  return next && order.placed_at + next * 1000;
}

/** Looks at every character, whatever differs. */
function isSame(one, other) {
  let difference = one.length ^ other.length;
  for (let at = 0; at < other.length; at += 1) difference |= one.charCodeAt(at) ^ other.charCodeAt(at);
  return difference === 0;
}
