// The merchant's own systems: they use the Worker's `/admin/api`, and have the certificate that refunds need.

import { createHash, randomBytes } from 'node:crypto';

import { until } from '../until.mjs';

/** The token of the tests. */
export const ADMIN_TOKEN = 'the admin token of the tests, 42 characters';

/** A key as `npx wechatpay-edge key` makes it, and its line for `ADMIN_KEYS`. */
export function makeKey(name, roles) {
  const key = `wpe_${randomBytes(32).toString('base64url')}`;
  return { key, line: `${name}:${roles}:${createHash('sha256').update(key).digest('hex')}` };
}

/** The settings with which the merchant can look at orders and refund, and gets webhooks. */
export const BACK_OFFICE = { vars: { ADMIN_TOKEN }, platform: { serviceBindings: { WECHAT_CERT: withCertificate } } };

/**
 * Stands for the mTLS binding in front of a gateway without TLS. In front of the simulator the Worker has a real one
 * (worker.mjs): workerd shows the merchant's certificate to the simulator's port with TLS.
 */
export async function withCertificate(request) {
  const headers = new Headers(request.headers);
  headers.set('simulator-client-certificate', 'of the tests');
  return fetch(request.url, { method: request.method, headers, body: await request.arrayBuffer() });
}

export class BackOffice {
  constructor(worker, token = ADMIN_TOKEN) {
    Object.assign(this, { url: worker.url, token });
  }

  /** `GET /admin/api/orders`. */
  list(query = '') {
    return this.#call('GET', `/orders${query}`);
  }

  /** `GET /admin/api/orders/{id}`. */
  history(id) {
    return this.#call('GET', `/orders/${id}`);
  }

  /** `POST /admin/api/orders/{id}/refunds`. */
  refund(id, refund) {
    return this.#call('POST', `/orders/${id}/refunds`, refund);
  }

  /** `POST /admin/api/orders/{id}/refunds/{number}/retry`. */
  retryRefund(id, number, body) {
    return this.#call('POST', `/orders/${id}/refunds/${number}/retry`, body);
  }

  /** `POST /admin/api/orders/{id}/refunds/{number}/withdraw`. */
  withdrawRefund(id, number) {
    return this.#call('POST', `/orders/${id}/refunds/${number}/withdraw`);
  }

  /** The merchant's refund of this number, once it has this status. */
  refundBecomes(id, number, status, options = { withinMs: 30_000 }) {
    return until(
      `refund ${number} of ${id} is ${status}`,
      async () => {
        const refund = (await this.history(id)).json.refunds.find(({ out_refund_no }) => out_refund_no === number);
        if (refund?.status !== status) throw new Error(JSON.stringify(refund));
        return refund;
      },
      options,
    );
  }

  /** `POST /admin/api/orders/{id}/query`. */
  query(id) {
    return this.#call('POST', `/orders/${id}/query`);
  }

  /** `POST /admin/api/orders/{id}/cancel`. */
  cancel(id) {
    return this.#call('POST', `/orders/${id}/cancel`);
  }

  /** `GET /admin/api/readiness`. */
  readiness() {
    return this.#call('GET', '/readiness');
  }

  /** `POST /admin/api/readiness`: the receiver of webhooks gets a test event, too. */
  testReadiness() {
    return this.#call('POST', '/readiness');
  }

  /** `GET /admin/api/reconciliation`, or of one day. */
  reconciliation(day) {
    return this.#call('GET', `/reconciliation${day ? `/${day}` : ''}`);
  }

  /** `POST /admin/api/reconciliation/{day}`. */
  reconcile(day) {
    return this.#call('POST', `/reconciliation/${day}`);
  }

  /** `GET /admin/api/key`. */
  ownKey() {
    return this.#call('GET', '/key');
  }

  /** `GET /admin/api/attention`. */
  attention(query = '') {
    return this.#call('GET', `/attention${query}`);
  }

  /** `POST /admin/api/orders`. */
  create(order, idempotencyKey) {
    return this.#call('POST', '/orders', order, idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey });
  }

  /** `GET /admin/api/webhooks`. */
  webhooks(query = '') {
    return this.#call('GET', `/webhooks${query}`);
  }

  /** `GET /admin/api/orders/{id}/webhooks`. */
  webhooksOf(id) {
    return this.#call('GET', `/orders/${id}/webhooks`);
  }

  /** `GET /admin/api/exchange-rate`. */
  exchangeRate(query) {
    return this.#call('GET', `/exchange-rate${query}`);
  }

  /** `GET /admin/api/audit`. */
  audit(query = '') {
    return this.#call('GET', `/audit${query}`);
  }

  /** Waits for an entry of the inbox about this order that satisfies `fits`. */
  waiting(id, fits) {
    return until(`order ${id} waits for a person so`, async () => {
      const entries = (await this.attention()).json.attention.filter(({ out_trade_no }) => out_trade_no === id);
      const found = entries.find(fits);
      if (!found) throw new Error(`the inbox has ${JSON.stringify(entries)}`);
      return found;
    });
  }

  /** `POST` to a path that an answer named. */
  post(path, body) {
    return this.#call('POST', path.replace('/admin/api', ''), body);
  }

  /** `POST /admin/api/orders/{id}/webhooks/{webhook id}/redeliver`. */
  redeliver(id, webhook) {
    return this.#call('POST', `/orders/${id}/webhooks/${webhook}/redeliver`);
  }

  /** Waits until this order's row in the list satisfies `fits`. */
  listed(id, fits, options) {
    return until(
      `the index shows order ${id} so`,
      async () => {
        const row = (await this.list()).json.find(({ out_trade_no }) => out_trade_no === id);
        if (!row || !fits(row)) throw new Error(`it shows ${JSON.stringify(row)}`);
        return row;
      },
      options,
    );
  }

  async #call(method, path, body, headers = {}) {
    const answer = await fetch(`${this.url}/admin/api${path}`, {
      method,
      headers: { ...headers, ...(this.token && { authorization: `Bearer ${this.token}` }) },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, json: text ? JSON.parse(text) : undefined };
  }
}
