// Every sample message of tests/vectors, hostile or not, delivered to the notify route of a Worker that has the orders in
// question. messages.json gives a verdict on each. The reply to WeChat and the order's state follow from it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { SUCCESS_REPLY, notification } from '../support/gateway/notification.mjs';
import { ROOT } from '../support/project.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { setStage } from '../support/stage.mjs';

const FAIL_REPLY = /^<xml><return_code><!\[CDATA\[FAIL\]\]><\/return_code><return_msg><!\[CDATA\[([^\]]{1,60})\]\]><\/return_msg><\/xml>$/;

const VECTORS = join(ROOT, 'tests', 'vectors');
/** A longer message is not read. */
const MOST_BYTES = 32 * 1024;
const { keys, orders, messages } = JSON.parse(readFileSync(join(VECTORS, 'messages.json'), 'utf8'));

/** The Workers and their orders. A Worker has one merchant, one key, and one sign type for numbers that it has not made. */
const WORKERS = [
  { what: 'an MD5 merchant', key: keys.K1, signType: 'MD5', has: ['A', 'C', 'D', 'X'] },
  { what: 'an HMAC-SHA256 merchant', key: keys.K1, signType: 'HMAC-SHA256', has: ['B'] },
  { what: 'a merchant below an institution', key: keys.K3, signType: 'MD5', has: ['E'] },
];

/** Genuine answers of the gateway to a query that say *paid*. They prove a payment, too, even when they come as notifications. */
const ANSWERS_THAT_PROVE = ['32', '33', '34'];
/** Genuine messages in which a field that decides is malformed. */
const UNREADABLE = ['77', '78', '79', '81'];

/**
 * The right result: the reply, whether the order is paid, and whether a person sees the message. Messages are sent in the
 * sequence of `turn`: those that pay an order come after those that must not pay it.
 */
function right({ file, direction, verdict, cipher }, text) {
  const number = /\/(..)/.exec(file)[1];
  const refused = { reply: 'FAIL', why: 'the message does not verify', turn: 0 };
  const unreadable = { reply: 'FAIL', why: 'the message cannot be read', seen: true, turn: 0 };
  // Our orders have no `attach`, so a payment with one belongs to something else.
  const payment = text.includes('<attach>') ? { reply: 'SUCCESS', seen: true, turn: 1 } : { reply: 'SUCCESS', pays: true, turn: 2 };
  if (direction !== 'gateway->notify_url') {
    if (ANSWERS_THAT_PROVE.includes(number)) return payment;
    return isSignedAboutAnOrder(text) ? unreadable : refused;
  }
  // Refund notifications have another address.
  if (cipher) return refused;
  switch (verdict) {
    case 'accept':
      return payment;
    case 'accept-not-paid':
      return { reply: 'SUCCESS', turn: 0 };
    case 'reject at business':
      return UNREADABLE.includes(number) ? unreadable : { reply: 'SUCCESS', seen: true, turn: 1 };
    case 'reject at splice':
      return unreadable;
    default:
      return refused;
  }
}

/** Whether a message of another kind has a signature and an order number. */
function isSignedAboutAnOrder(text) {
  return text.includes('<sign>') && text.includes('<out_trade_no>');
}

for (const worker of WORKERS) {
  describe(`the messages for ${worker.what}`, () => {
    const { key, signType, has } = worker;
    const { appid, mch_id: mchId, sub_mch_id } = orders[has[0]];
    const institution = sub_mch_id && { sub_mch_id };
    let stage, office;
    before(async () => {
      const vars = { ...BACK_OFFICE.vars, ...(sub_mch_id && { WECHAT_SUB_MCH_ID: sub_mch_id }) };
      stage = await setStage({ ...BACK_OFFICE, merchant: { key, signType, appid, mchId }, vars });
      office = new BackOffice(stage.worker);
      const objects = await stage.worker.miniflare.getDurableObjectNamespace('ORDERS');
      for (const name of has) await place(objects, orders[name]);
    });
    after(() => stage?.stop());

    /** Places an order with the number of the samples. No page could choose that number. */
    async function place(objects, { out_trade_no: number, total_fee: minor, fee_type: currency }) {
      if (institution) stage.gateway.next('unifiedorder', institution);
      const place = { number, total: { minor, currency }, description: 'Tea', product_id: 'tea', fingerprint: 'of the tests' };
      const object = objects.get(objects.idFromName(number));
      const placed = await object.fetch('https://order/place', { method: 'POST', body: JSON.stringify(place) });
      assert.equal(placed.status, 201, await placed.text());
      assert.equal(await stateOf(number), 'awaiting_payment');
    }
    const stateOf = async (number) => (await office.history(number)).json?.state;

    const ofThisWorker = messages
      .filter(({ file, order }) => file.endsWith('.xml') && worker === workerOf(order))
      .map((message) => ({ ...message, body: readFileSync(join(VECTORS, message.file)) }))
      .map((message) => ({ ...message, ...right(message, message.body.toString()) }))
      .toSorted((one, other) => one.turn - other.turn);

    for (const { file, what, order, body, reply, why, pays, seen } of ofThisWorker) {
      test(`${file}: ${what}`, async () => {
        const number = order && orders[order].out_trade_no;
        const before = number && (await office.history(number)).json;
        const answer = await stage.shop.notify(body);
        assert.equal(answer.status, 200);
        if (reply === 'SUCCESS') assert.equal(answer.text, SUCCESS_REPLY);
        else assert.equal(FAIL_REPLY.exec(answer.text)?.[1], body.length > MOST_BYTES ? 'the message is too large' : why, answer.text);
        if (!number) return;
        const { state, payments, exceptions, messages: kept } = (await office.history(number)).json;
        assert.equal(state, pays ? 'paid' : before.state);
        if (pays) {
          const transaction = /<transaction_id>(?:<!\[CDATA\[)?(\d+)/.exec(body)[1];
          assert.ok(payments.some(({ transaction_id }) => transaction_id === transaction), 'its payment is known');
        } else if (seen) {
          assert.ok(exceptions.length > 0, 'a person sees it');
        } else {
          assert.deepEqual([payments, exceptions, kept], [before.payments, before.exceptions, before.messages]);
        }
      });
    }

    test('are all that comes of them: no order has come into being, and one that is placed now is paid as ever', async () => {
      if (institution) stage.gateway.next('unifiedorder', institution);
      const order = await stage.shop.placePayable();
      const { text } = await stage.shop.notify(notification(stage.gateway.merchant, asPaidOrder(order.view), institution));
      assert.equal(text, SUCCESS_REPLY);
      await office.listed(order.id, (row) => row.state === 'paid');
      const strays = ofThisWorker.some(({ file }) => file.startsWith('hostile/75-')) ? ['NOSUCHORDER00001'] : [];
      const numbers = (await office.list()).json.map(({ out_trade_no }) => out_trade_no);
      assert.deepEqual(numbers.toSorted(), [order.id, ...strays, ...has.map((each) => orders[each].out_trade_no)].toSorted());
    });
  });
}

function workerOf(order = 'A') {
  return WORKERS.find(({ has }) => has.includes(order));
}
