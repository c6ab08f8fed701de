// `POST /notify/wechat`: what makes an order paid and what does not. JavaScript makes and signs
// every message here. The replies are those of WeChat's documents, letter by letter.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { SUCCESS_REPLY, notification, paidFields } from '../support/gateway/notification.mjs';
import { signed } from '../support/gateway/signature.mjs';
import { toXml } from '../support/gateway/xml.mjs';
import { GOODS, lines } from '../support/shop/catalog.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { onStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';

const FAIL_REPLY = /^<xml><return_code><!\[CDATA\[FAIL\]\]><\/return_code><return_msg><!\[CDATA\[[^\]]{1,60}\]\]><\/return_msg><\/xml>$/;

let shop;
let merchant;
const stage = onStage({}, () => {
  ({ shop } = stage);
  ({ merchant } = stage.gateway);
});

function assertReply(answer, expected) {
  assert.equal(answer.status, 200);
  assert.match(answer.type, /^text\/xml/);
  if (expected === 'SUCCESS') assert.equal(answer.text, SUCCESS_REPLY);
  else assert.match(answer.text, FAIL_REPLY);
}

describe('a genuine notification', () => {
  test('makes the order paid, and only then says SUCCESS', async () => {
    const order = await shop.placePayable();
    const reply = await shop.notify(notification(merchant, asPaidOrder(order.view)));
    assertReply(reply, 'SUCCESS');
    assert.equal(await shop.status(order), 'paid', 'durable before the reply');
  });

  test('may come again: the same reply, nothing changes', async () => {
    const order = await shop.placePayable();
    const message = notification(merchant, asPaidOrder(order.view));
    await shop.notify(message);
    const { version } = (await shop.look(order)).json;
    for (let again = 0; again < 3; again += 1) assertReply(await shop.notify(message), 'SUCCESS');
    assert.equal((await shop.look(order)).json.version, version);
  });

  test('may come sixteen times at once: all are told SUCCESS, the order is paid once', async () => {
    const order = await shop.placePayable();
    const message = notification(merchant, asPaidOrder(order.view));
    const replies = await Promise.all(Array.from({ length: 16 }, () => shop.notify(message)));
    for (const reply of replies) assertReply(reply, 'SUCCESS');
    const view = (await shop.look(order)).json;
    assert.equal(view.status, 'paid');
    assert.equal(view.version, order.view.version + 1);
    assert.equal(view.notices, undefined, 'sixteen of one payment are not two payments');
  });

  test('may carry fields unknown today, coupons, and its own sign_type', async () => {
    const order = await shop.placePayable();
    const extra = { sign_type: merchant.signType, coupon_count: '1', coupon_fee: '100', coupon_fee_0: '100', new_field: 'x', attach: '' };
    assertReply(await shop.notify(notification(merchant, asPaidOrder(order.view), extra)), 'SUCCESS');
    assert.equal(await shop.status(order), 'paid');
  });

  test('may list its fields in any order', async () => {
    const order = await shop.placePayable();
    const fields = Object.entries(signed(paidFields(merchant, asPaidOrder(order.view)), merchant));
    assertReply(await shop.notify(toXml(Object.fromEntries(fields.reverse()))), 'SUCCESS');
    assert.equal(await shop.status(order), 'paid');
  });

  test('that says the payment failed is heard, and pays nothing', async () => {
    const order = await shop.placePayable();
    const failed = { result_code: 'FAIL', err_code: 'SYSTEMERROR', err_code_des: 'bank' };
    assertReply(await shop.notify(notification(merchant, asPaidOrder(order.view), failed)), 'SUCCESS');
    assert.equal(await shop.status(order), 'awaiting_payment');
  });

  test('of a second payment does not undo the first; the page says it was paid twice', async () => {
    const order = await shop.placePayable();
    for (const _ of ['first', 'second']) {
      assertReply(await shop.notify(notification(merchant, asPaidOrder(order.view))), 'SUCCESS');
    }
    const view = (await shop.look(order)).json;
    assert.equal(view.status, 'paid');
    assert.deepEqual(view.notices, ['paid_twice']);
  });
});

/** How a forger, or a broken sender, may change the text of a message. */
const REFUSED = {
  'one digit of the signature is wrong': (genuine) =>
    genuine.replace(/<sign><!\[CDATA\[(.)/, (_, digit) => `<sign><![CDATA[${digit === '0' ? '1' : '0'}`),
  'it is signed with another key': (_, order) =>
    notification(merchant, order, {}, { ...merchant, key: 'ATTACKERkeyATTACKERkeyATTACKER99' }),
  'it has no signature': (genuine) => genuine.replace(/<sign>.*<\/sign>/, ''),
  'its signature is empty': (genuine) => genuine.replace(/<sign>.*<\/sign>/, '<sign></sign>'),
  'its amount was changed after signing': (genuine) => genuine.replace(/<total_fee>\d+/, '<total_fee>1'),
  'its order number was changed after signing': (_, order) =>
    notification(merchant, { ...order, outTradeNo: 'SOMEONEELSES0001' }).replace('SOMEONEELSES0001', order.outTradeNo),
  'it is signed by MD5 for an HMAC-SHA256 order': (_, order) =>
    notification(merchant, order, {}, { ...merchant, signType: 'MD5' }),
  'it is signed by MD5 and says so': (_, order) =>
    notification(merchant, order, { sign_type: 'MD5' }, { ...merchant, signType: 'MD5' }),
  'it names a sign_type that does not exist': (_, order) => notification(merchant, order, { sign_type: 'NONE' }),
  'it has an element named key': (_, order) => notification(merchant, order, { key: 'x' }),
  'its amount has decimals': (_, order) => notification(merchant, order, { total_fee: `${order.totalFee / 100}.00` }),
  'its amount is negative': (_, order) => notification(merchant, order, { total_fee: `-${order.totalFee}` }),
  'its amount wraps around 64 bits': (_, order) =>
    notification(merchant, order, { total_fee: String(2n ** 64n + BigInt(order.totalFee)) }),
  'its amount is in full-width digits': (_, order) => notification(merchant, order, { total_fee: '８８００' }),
  'its transaction id is none': (_, order) => notification(merchant, order, { transaction_id: 'none' }),
  'it carries a DOCTYPE': (genuine) => `<!DOCTYPE xml>${genuine}`,
  'it asks for a file by an external entity': (_, order) =>
    `<!DOCTYPE xml [<!ENTITY f SYSTEM "file:///etc/passwd">]>${notification(merchant, order)}`.replace('OTHERS', ']]>&f;<![CDATA['),
  'it names an amount twice': (genuine) => genuine.replace('</xml>', '<total_fee>1</total_fee></xml>'),
  'an element is nested in another': (genuine) => genuine.replace('<xml>', '<xml><a><b>1</b></a>'),
  'an element has an attribute': (genuine) => genuine.replace('<total_fee>', '<total_fee x="1">'),
  'a comment hides in the amount': (genuine) => genuine.replace('<total_fee>', '<total_fee><!-- 1 -->'),
  'it is wrapped in another root': (genuine) => `<root>${genuine}</root>`,
  'a second document follows': (genuine) => genuine + genuine,
  'it is cut off': (genuine) => genuine.slice(0, -30),
  'it is empty': () => '',
  'it is JSON': (_, order) => JSON.stringify(paidFields(merchant, order)),
  'it is a form': (_, order) => new URLSearchParams(signed(paidFields(merchant, order), merchant)).toString(),
  'it is not UTF-8': (genuine) => Buffer.from(genuine.replace('OTHERS', '\u00e9'), 'latin1'),
  'a NUL hides in it': (genuine) => genuine.replace('OTHERS', 'OTHERS\0'),
  'it is larger than 64 KiB': (_, order) => notification(merchant, order, { promotion_detail: 'x'.repeat(66_000) }),
  'it says return_code FAIL, which nobody signs': () =>
    '<xml><return_code><![CDATA[FAIL]]></return_code><return_msg><![CDATA[x]]></return_msg></xml>',
};

describe('a message that does not verify is refused and the order stays unpaid', () => {
  let order;
  before(async () => (order = await shop.placePayable()));

  for (const [how, forge] of Object.entries(REFUSED)) {
    test(how, async () => {
      const paid = asPaidOrder(order.view);
      assertReply(await shop.notify(forge(notification(merchant, paid), paid)), 'FAIL');
      assert.equal(await shop.status(order), 'awaiting_payment');
    });
  }

  test('after all of them the genuine message is still welcome', async () => {
    assertReply(await shop.notify(notification(merchant, asPaidOrder(order.view))), 'SUCCESS');
    assert.equal(await shop.status(order), 'paid');
  });
});

/** Rightly signed messages that do not fit the order as it was placed: the difference, and what the page says. */
const QUARANTINED = {
  'the amount is smaller': [{ total_fee: '1' }, ['under_review']],
  'the amount is larger': [{ total_fee: String(GOODS.amount_minor + 1) }, ['under_review']],
  'the currency is another': [{ fee_type: 'JPY' }, ['under_review']],
  'the currency is left out, and the amount is another': [{ fee_type: undefined, total_fee: '1' }, ['under_review']],
  'the merchant is another': [{ mch_id: '1634990001' }],
  'the app is another': [{ appid: 'wx90aa17be44c05d21' }],
  'the trade type is another': [{ trade_type: 'JSAPI' }],
  'it carries an attach, which our orders never have': [{ attach: 'x' }],
};

/** Fields that genuine messages leave out in practice. None of them decides. */
describe('a genuine payment is taken though it lacks', { concurrency: true }, () => {
  for (const ornament of ['openid', 'fee_type', 'bank_type', 'is_subscribe', 'cash_fee']) {
    test(ornament, async () => {
      const order = await shop.placePayable();
      const message = notification(merchant, asPaidOrder(order.view), { [ornament]: undefined });
      assert.doesNotMatch(message, new RegExp(`<${ornament}>`));
      assertReply(await shop.notify(message), 'SUCCESS');
      assert.equal(await shop.status(order), 'paid');
    });
  }
});

describe('a genuine message that does not fit is set aside and the order stays unpaid', () => {
  for (const [how, [difference, notices]] of Object.entries(QUARANTINED)) {
    test(how, async () => {
      const order = await shop.placePayable();
      const reply = await shop.notify(notification(merchant, asPaidOrder(order.view), difference));
      assertReply(reply, 'SUCCESS');
      const view = (await shop.look(order)).json;
      assert.equal(view.status, 'awaiting_payment');
      assert.deepEqual(view.notices, notices);
      assertReply(await shop.notify(notification(merchant, asPaidOrder(order.view))), 'SUCCESS');
      assert.equal(await shop.status(order), 'paid', 'the right payment still counts');
    });
  }

  test('an order nobody placed is not made up', async () => {
    const order = { outTradeNo: 'H0000000000000000000000000000000', totalFee: 8800, feeType: merchant.feeType };
    assertReply(await shop.notify(notification(merchant, order)), 'SUCCESS');
    assert.equal((await shop.look({ id: order.outTradeNo, token: 'x' })).status, 404);
  });

  test('someone else’s order cannot be paid by a cheap one', async () => {
    const [cheap, dear] = await Promise.all([shop.placePayable(lines(GOODS, 1)), shop.placePayable(lines(GOODS, 2))]);
    const mixed = { ...asPaidOrder(cheap.view), outTradeNo: dear.id };
    await shop.notify(notification(merchant, mixed));
    assert.equal(await shop.status(dear), 'awaiting_payment');
  });
});

describe('one signature cut into two messages', () => {
  test('neither the message a buyer’s text was spliced into nor its re-cut form pays an order', async () => {
    const [cheap, dear] = await Promise.all([shop.placePayable(lines(GOODS, 1)), shop.placePayable(lines(GOODS, 2))]);
    const { genuine, recut } = spliced(asPaidOrder(cheap.view), asPaidOrder(dear.view));
    assert.equal(genuine.sign, recut.sign, 'the signature’s text is the same');
    for (const message of [genuine, recut]) assertReply(await shop.notify(toXml(message)), 'FAIL');
    assert.equal(await shop.status(dear), 'awaiting_payment');
  });

  /** The attack of protocol §10.2: the `attach` of a cheap order contains another order's fields. */
  function spliced(cheap, dear) {
    const fields = paidFields(merchant, cheap);
    const smuggled = {
      attach: 'x',
      fee_type: dear.feeType,
      mch_id: merchant.mchId,
      out_trade_no: dear.outTradeNo,
      result_code: 'SUCCESS',
      return_code: 'SUCCESS',
      total_fee: String(dear.totalFee),
      zz: '1',
    };
    const text = (object) => Object.entries(object).map(([name, value]) => `${name}=${value}`).join('&');
    const genuine = signed({ ...fields, attach: text(smuggled).slice('attach='.length) }, merchant);
    const { appid, ...after } = fields;
    const recut = { appid, ...smuggled, zz: `1&${text(after)}` };
    return { genuine, recut: signed(recut, merchant) };
  }
});

describe('the notify route itself', () => {
  for (const method of ['GET', 'PUT', 'DELETE', 'HEAD']) {
    test(`refuses ${method}`, async () => {
      const { status } = await shop.notify('', { method });
      assert.equal(status, 405);
    });
  }

  test('names the order of a message that it refuses in the log', async () => {
    const order = await shop.placePayable();
    const forged = { ...merchant, key: 'ATTACKERkeyATTACKERkeyATTACKER99' };
    await shop.notify(notification(merchant, asPaidOrder(order.view), {}, forged));
    await until('the log names it', () =>
      stage.worker.log.some((line) => line.includes(order.id) && line.includes('a notification was refused')),
    );
  });

  test('a flood of forgeries about one order wakes it once', async () => {
    const order = await shop.placePayable();
    const forgery = notification(merchant, asPaidOrder(order.view), {}, { ...merchant, key: 'ATTACKERkeyATTACKERkeyATTACKER99' });
    for (let sent = 0; sent < 20; sent += 1) assertReply(await shop.notify(forgery), 'FAIL');
    await shop.notify(notification(merchant, asPaidOrder(order.view)));
    assert.equal(await shop.status(order), 'paid', 'a genuine one is not held up');
    assert.equal(stage.worker.log.filter((line) => line.includes(order.id)).length, 1, 'a line, and a call of its object');
  });

  test('a flood of forgeries waits for its answers, and a genuine one does not', async () => {
    const order = await shop.placePayable();
    const forgery = notification(merchant, asPaidOrder(order.view), {}, { ...merchant, key: 'ATTACKERkeyATTACKERkeyATTACKER99' });
    const answered = [];
    const flood = Array.from({ length: 300 }, async () => {
      assertReply(await shop.notify(forgery), 'FAIL');
      answered.push('forged');
    });
    assertReply(await shop.notify(notification(merchant, asPaidOrder(order.view))), 'SUCCESS');
    answered.push('genuine');
    await Promise.all(flood);
    assert.ok(answered.indexOf('genuine') < 250, 'the genuine one was sent last, and most of the forged ones are answered after it');
    assert.equal(await shop.status(order), 'paid');
  });

  test('leaves neither the key nor a payer’s openid nor a signature in the log', () => {
    const log = stage.worker.log.join('\n');
    for (const secret of [merchant.key, stage.worker.bindings.ORDER_SECRET]) assert.ok(!log.includes(secret));
    assert.doesNotMatch(log, /\bo[0-9a-f]{27}\b|\b[0-9A-F]{64}\b/);
  });
});
