// Messages for the notify routes: well-formed ones about real orders, and everything that a parser of XML may meet.

import { createCipheriv, createHash } from 'node:crypto';

import { paidFields } from '../gateway/notification.mjs';
import { SIGN_TYPES, signed } from '../gateway/signature.mjs';
import { toXml } from '../gateway/xml.mjs';
import { aNumber, anOddText, mangled } from './mangle.mjs';

/** A message longer than this is not read. */
const MOST_BYTES = 32 * 1024;

/** `POST /notify/wechat`. */
export function aNotification(random, world) {
  return post(random, '/notify/wechat', document(random, world));
}

/** `POST /notify/wechat/refund`, in a cipher that anybody with an old message could cut. */
export function aRefundNotification(random, world) {
  const { merchant } = world;
  const { id } = random.pick([...world.kept, ...world.victims]);
  const inner = toXml({
    out_trade_no: id,
    out_refund_no: random.percent(50) ? `${id}-R${random.below(9)}` : anOddText(random),
    refund_status: random.pick(['SUCCESS', 'CHANGE', 'REFUNDCLOSE', anOddText(random)]),
    refund_fee: aNumber(random),
    total_fee: aNumber(random),
    transaction_id: random.text(28, '0123456789'),
  });
  const plain = Buffer.from(inner.replaceAll('xml>', 'root>'));
  const cipher = createCipheriv('aes-256-ecb', createHash('md5').update(merchant.key).digest('hex'), null);
  const whole = Buffer.concat([cipher.update(random.percent(30) ? mangled(random, plain) : plain), cipher.final()]);
  const sent = random.weighted([
    [3, () => whole],
    [2, () => mangled(random, whole)],
    [2, () => whole.subarray(0, 16 * random.below(1 + whole.length / 16))],
    [1, () => random.bytes(random.below(200))],
  ])();
  const text = random.percent(85) ? sent.toString('base64') : anOddText(random);
  const outer = Buffer.from(toXml({ return_code: 'SUCCESS', appid: merchant.appid, mch_id: merchant.mchId, nonce_str: 'n', req_info: text }));
  return post(random, '/notify/wechat/refund', random.percent(20) ? mangled(random, outer) : outer);
}

function post(random, target, body) {
  return {
    method: 'POST',
    target,
    headers: [['content-type', random.pick(['text/xml', 'text/xml', 'application/xml; charset=gbk', 'application/json', 'multipart/form-data'])]],
    body,
    framing: random.percent(85) ? 'length' : 'chunked',
  };
}

function document(random, world) {
  return random.weighted([
    [30, () => Buffer.from(message(random, world))],
    [30, () => mangled(random, Buffer.from(message(random, world)))],
    [12, () => Buffer.from(strange(random, message(random, world)))],
    [6, () => encoded(random, message(random, world))],
    [4, () => huge(random, message(random, world))],
    [3, () => random.bytes(random.below(300))],
    [2, () => Buffer.from(anOddText(random))],
  ])();
}

/** A message about an order. No message about a kept order fits *and* verifies. */
function message(random, world) {
  const { merchant } = world;
  const isKept = random.percent(50);
  const order = isKept ? random.pick(world.kept) : random.percent(85) ? random.pick(world.victims) : { id: random.pick(world.strangers) };
  const fields = paidFields(merchant, { outTradeNo: order.id, totalFee: order.view?.amount.minor ?? 8800, feeType: merchant.feeType }, {
    nonce_str: random.text(16),
    openid: `o${random.text(27)}`,
    time_end: '20261126120000',
    transaction_id: `42${random.text(26, '0123456789')}`,
    ...(random.percent(30) && { [random.pick(NAMES)]: random.percent(50) ? anOddText(random) : aNumber(random) }),
    ...(random.percent(10) && { [random.pick(NAMES)]: undefined }),
    ...(random.percent(5) && { sign_type: random.pick([...SIGN_TYPES, 'hmac-sha256', anOddText(random)]) }),
    ...(random.percent(5) && coupons(random)),
  });
  const credentials = { key: merchant.key, signType: random.percent(85) ? merchant.signType : random.pick(SIGN_TYPES) };
  const isGenuine = !isKept && random.percent(40);
  return toXml(sealed(random, fields, isGenuine ? credentials : { ...credentials, key: 'ATTACKERkeyATTACKERkeyATTACKER99' }));
}

const NAMES = [
  'appid', 'mch_id', 'out_trade_no', 'total_fee', 'fee_type', 'cash_fee', 'transaction_id', 'time_end', 'trade_type', 'result_code', 'return_code',
  'sign', 'sub_mch_id', 'attach', 'openid', 'rate_value', 'err_code', 'coupon_count', 'promotion_detail', 'nonce_str', 'bank_type',
];

function coupons(random) {
  const count = random.below(25);
  const each = Array.from({ length: count }, (_, at) => [[`coupon_id_${at}`, anOddText(random)], [`coupon_fee_${at}`, aNumber(random)]]);
  return { coupon_count: random.percent(80) ? String(count) : aNumber(random), coupon_fee: aNumber(random), ...Object.fromEntries(each.flat()) };
}

function sealed(random, fields, credentials) {
  const whole = signed(fields, credentials);
  return random.weighted([
    [12, () => whole],
    [1, () => ({ ...whole, sign: whole.sign.toLowerCase() })],
    [1, () => ({ ...whole, sign: whole.sign.slice(1) })],
    [1, () => ({ ...whole, sign: anOddText(random) })],
    [1, () => fields],
  ])();
}

/** What XML allows and this protocol does not. */
function strange(random, text) {
  const inside = (piece) => text.replace('<xml>', `<xml>${piece}`);
  return random.weighted([
    [1, () => `<?xml version="1.0" encoding="${random.pick(['UTF-8', 'gb2312', 'utf-16', 'none'])}"?>${text}`],
    [1, () => `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>${inside('<attach>&c;&c;&c;</attach>')}`],
    [1, () => `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>${inside('<attach>&a;</attach>')}`],
    [1, () => inside(`<attach>${random.pick(['&#0;', '&#x0;', '&#xD800;', '&#x110000;', '&#99999999999999999999;', '&nbsp;', '&amp', '&;', '&#;', '&#x;'])}</attach>`)],
    [1, () => inside('<a>'.repeat(1 + random.below(3_000)))],
    [1, () => inside(`<out_trade_no>${random.text(20)}</out_trade_no>`)],
    [1, () => inside(`<![CDATA[${anOddText(random)}]]>`)],
    [1, () => inside(`<!-- ${anOddText(random)} --><?php ?>`)],
    [1, () => text.replaceAll('<xml', '<XML')],
    [1, () => text.replace('<xml>', `<xml a="${anOddText(random)}" a="2" xmlns:b='c'>`)],
    [1, () => text + text],
    [1, () => text.replaceAll('><', `>${random.pick(['\t', '\n', '\0', '\u00a0', 'x'])}<`)],
    [1, () => Array.from({ length: random.below(1_200) }, (_, at) => `<f${at}>1</f${at}>`).reduce((sum, one) => sum + one, '<xml>') + text.slice(5)],
    [1, () => text.replaceAll('<![CDATA[', '<![cdata[')],
  ])();
}

function encoded(random, text) {
  return random.weighted([
    [1, () => Buffer.from(`\ufeff${text}`)],
    [1, () => Buffer.from(text, 'utf16le')],
    [1, () => Buffer.from(`\ufeff${text}`, 'utf16le')],
    [1, () => Buffer.from(text.replace('OTHERS', 'Ã\u0080ÿ'), 'latin1')],
    [1, () => Buffer.concat([Buffer.from(text), Buffer.from([0xc0, 0x80, 0xf5, 0xed, 0xa0, 0x80])])],
  ])();
}

/** At the limit, just above it, and far above. */
function huge(random, text) {
  const bytes = random.pick([MOST_BYTES - 1, MOST_BYTES, MOST_BYTES + 1, 64 * 1024, 200 * 1024]);
  const room = Math.max(0, bytes - Buffer.byteLength(text) - '<attach></attach>'.length);
  const filling = random.pick(['a', '&lt;', ' ', '<', ']]>', '\u00ff', 'é', '<a/>']);
  const filled = text.replace('<xml>', () => `<xml><attach>${filling.repeat(Math.ceil(room / Buffer.byteLength(filling)))}</attach>`);
  return Buffer.from(filled).subarray(0, random.percent(70) ? undefined : bytes);
}
