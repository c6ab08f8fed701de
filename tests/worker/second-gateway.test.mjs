// Tests the JavaScript gateway itself: it must be right before it can judge the Worker.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startGateway } from '../support/gateway/gateway.mjs';
import { signature, signed, textToSign } from '../support/gateway/signature.mjs';
import { fromXml, toXml } from '../support/gateway/xml.mjs';

let gateway;
before(async () => (gateway = await startGateway()));
after(() => gateway?.stop());

test('it signs the example of the documentation as the documentation does', () => {
  const fields = { appid: 'wxd930ea5d5a258f4f', mch_id: '10000100', device_info: '1000', body: 'test', nonce_str: 'ibuaiVcKdpRxkhJA' };
  const key = '192006250b4c09247ec02edce69f6a2d';
  assert.equal(signature(fields, { key, signType: 'MD5' }), '9A0A8659F005D6984697E2CA0A9CF3B7');
  assert.equal(
    signature(fields, { key, signType: 'HMAC-SHA256' }),
    '6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6',
  );
});

test('names are sorted as bytes, empty values and sign are left out, zero and blanks are not', () => {
  const fields = { re_openid: '2', Remark: 'R', remark: ' ', a_: '0', a1: 'x', empty: '', sign: 'S', coupon_fee_10: 'c', coupon_fee_2: 'd' };
  assert.equal(
    textToSign(fields, 'K'),
    'Remark=R&a1=x&a_=0&coupon_fee_10=c&coupon_fee_2=d&re_openid=2&remark= &key=K',
  );
});

test('what it writes it reads back, whatever the characters', () => {
  const fields = { body: '香港茶葉 <b> & "q" 😀', detail: 'ends a section: ]]> and goes on', total_fee: '8800', attach: ' kept ' };
  assert.deepEqual(fromXml(toXml(fields)), fields);
});

test('it refuses XML that is not one flat document', () => {
  const documents = [
    '',
    '{"a":1}',
    '<xml><a>1</a><a>2</a></xml>',
    '<xml><a><b>1</b></a></xml>',
    '<xml><a x="1">1</a></xml>',
    '<xml><a>&own;</a></xml>',
    '<!DOCTYPE xml><xml><a>1</a></xml>',
    '<xml><a>1</a></xml><xml><a>1</a></xml>',
  ];
  for (const document of documents) assert.throws(() => fromXml(document), undefined, document);
});

test('a call with a wrong signature is refused before processing and without a signature', async () => {
  const order = unifiedOrder();
  const answer = await call('unifiedorder', { ...order, sign: order.sign.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) });
  assert.deepEqual(answer, { return_code: 'FAIL', return_msg: '签名错误' });
});

test('the same order again gets the same code, the same number with another amount is refused', async () => {
  const first = await call('unifiedorder', unifiedOrder({ out_trade_no: 'AGAIN0001' }));
  const again = await call('unifiedorder', unifiedOrder({ out_trade_no: 'AGAIN0001', nonce_str: 'another' }));
  const other = await call('unifiedorder', unifiedOrder({ out_trade_no: 'AGAIN0001', total_fee: '1' }));
  assert.equal(first.result_code, 'SUCCESS');
  assert.equal(again.code_url, first.code_url);
  assert.equal(other.err_code, 'INVALID_REQUEST');
});

test('its answers carry a signature that verifies', async () => {
  const answer = await call('unifiedorder', unifiedOrder({ out_trade_no: 'SIGNED001' }));
  assert.equal(answer.sign, signature(answer, gateway.merchant));
});

function unifiedOrder(changes = {}) {
  const { appid, mchId, signType, feeType } = gateway.merchant;
  return signed(
    {
      appid,
      mch_id: mchId,
      nonce_str: 'nonce',
      sign_type: signType,
      version: '1.0',
      body: 'Example Tea House - gift set',
      out_trade_no: 'NUMBER0001',
      fee_type: feeType,
      total_fee: '8800',
      spbill_create_ip: '203.0.113.10',
      notify_url: 'https://pay.example.com/notify/wechat',
      trade_type: 'NATIVE',
      product_id: 'tea',
      ...changes,
    },
    gateway.merchant,
  );
}

async function call(name, fields) {
  const answer = await fetch(`${gateway.url}/pay/${name}`, { method: 'POST', body: toXml(fields) });
  return fromXml(await answer.text());
}
