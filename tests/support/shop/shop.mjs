// A shopper without a page: the Worker's HTTP interface as the widget uses it, and the notify
// route as WeChat uses it.

import { randomBytes } from 'node:crypto';

import { until } from '../until.mjs';
import { connectionFor } from '../worker/connection.mjs';
import { lines } from './catalog.mjs';

/** A fresh key with 144 bits. */
export function anIdempotencyKey() {
  return randomBytes(18).toString('base64url');
}

export class Shop {
  constructor(worker) {
    this.url = worker.url;
  }

  /** `POST /api/orders`. `body` is an object, or a text that is sent as it is. `isFirst`: as the element asks with a new key. */
  async place(body = lines(), { key = anIdempotencyKey(), headers = {}, isFirst = false } = {}) {
    return this.#call('POST', `/api/orders${isFirst ? '?attempt=1' : ''}`, {
      headers: { 'content-type': 'application/json', ...(key !== null && { 'idempotency-key': key }), ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  /** Places an order and waits until it can be paid: `{ id, token, view }`. */
  async placePayable(body = lines(), options = {}) {
    const { status, json } = await this.place(body, options);
    if (status !== 201) throw new Error(`the order was not placed: ${status} ${JSON.stringify(json)}`);
    const { order, token } = json;
    const view = await this.becomes('awaiting_payment', { id: order.id, token });
    return { id: order.id, token, view };
  }

  /** `GET /api/orders/{id}`. */
  async look({ id, token }, headers = {}) {
    return this.#call('GET', `/api/orders/${id}`, {
      headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
    });
  }

  /** `POST /api/orders/{id}/cancel`. */
  async cancel({ id, token }) {
    return this.#call('POST', `/api/orders/${id}/cancel`, { headers: { authorization: `Bearer ${token}` } });
  }

  /** Waits until the order has this status. Resolves to its view. */
  async becomes(status, order, options) {
    return until(
      `order ${order.id} becomes ${status}`,
      async () => {
        const { json } = await this.look(order);
        if (json.status !== status) throw new Error(`it is ${json.status}`, { cause: json });
        return json;
      },
      options,
    );
  }

  /** The order's status now. */
  async status(order) {
    return (await this.look(order)).json.status;
  }

  /** `POST /notify/wechat` with this body: `{ status, type, text }`. */
  async notify(body, { method = 'POST' } = {}) {
    const answer = await fetch(`${this.url}/notify/wechat`, {
      method,
      headers: { 'content-type': 'text/xml', ...connectionFor(body) },
      ...(method === 'POST' && { body }),
    });
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
  }

  async #call(method, path, init) {
    const headers = { ...init.headers, ...connectionFor(init.body) };
    const answer = await fetch(`${this.url}${path}`, { method, ...init, headers });
    const text = await answer.text();
    const type = answer.headers.get('content-type');
    return { status: answer.status, headers: answer.headers, type, text, json: text && /json/.test(type) ? JSON.parse(text) : undefined };
  }
}

/** An order in the form that `notification` and `paidFields` take. */
export function asPaidOrder(view) {
  return { outTradeNo: view.id, totalFee: view.amount.minor, feeType: view.amount.currency };
}
