// A bridge to the npm SDKs `wechatpay-axios-plugin` and `tenpay`: one JSON question a line on stdin, one JSON answer a line
// on stdout. It calls the functions that the SDKs' own requests and notification handlers call.
//
//   {"sdk", "do": "build", "key", "sign_type", "fields": {…}}  ->  {"xml", "sign"}
//   {"sdk", "do": "read",  "key", "sign_type", "xml"}          ->  {"verified", "fields": {…}}
//   {"sdk", "do": "open",  "key", "xml"}  (a refund notification)  ->  {"fields": {…}} of the inside
//   whatever goes wrong                                        ->  {"error"}
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(import.meta.url);
const { Aes, Hash, Transformer } = require('wechatpay-axios-plugin');
const Tenpay = require('tenpay');
const tenpayUtil = require('tenpay/lib/util');

const sdks = {
  'wechatpay-axios-plugin': {
    open({ key, xml }) {
      const { req_info } = Transformer.toObject(xml);
      return { fields: Transformer.toObject(Aes.AesEcb.decrypt(req_info, Hash.md5(key))) };
    },
    build({ key, fields }) {
      const [sign, toXml] = new Transformer(fields.mch_id, key).request;
      const signed = sign.call({}, fields);
      return { xml: toXml.call({}, signed), sign: signed.sign };
    },
    read({ key, xml }) {
      const [toObject, verify] = new Transformer(undefined, key).response;
      const fields = toObject.call({}, xml);
      try {
        return { verified: verify.call({ url: '/pay/orderquery' }, fields, {}, 200) === fields, fields };
      } catch {
        return { verified: false, fields };
      }
    },
  },
  tenpay: {
    async open({ key, xml }) {
      const { appid, mch_id } = await tenpayUtil.parseXML(xml);
      const payment = new Tenpay({ appid, mchid: mch_id, partnerKey: key });
      return { fields: (await payment._parse(xml, 'middleware_refund')).req_info };
    },
    build({ key, sign_type, fields }) {
      const payment = new Tenpay({ appid: fields.appid, mchid: fields.mch_id, partnerKey: key });
      const sign = payment._getSign(fields, sign_type);
      return { xml: tenpayUtil.buildXML({ ...fields, sign }), sign };
    },
    async read({ key, sign_type, xml }) {
      const fields = await tenpayUtil.parseXML(xml);
      const payment = new Tenpay({ appid: fields.appid, mchid: fields.mch_id, partnerKey: key });
      try {
        await payment._parse(xml, 'middleware_pay', sign_type);
        return { verified: true, fields };
      } catch {
        return { verified: false, fields };
      }
    },
  },
};

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const question = JSON.parse(line);
  let answer;
  try {
    answer = await sdks[question.sdk][question.do](question);
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
