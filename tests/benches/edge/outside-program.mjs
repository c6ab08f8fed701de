// The world outside of a measured Worker, on one port: WeChat Pay's gateway, which verifies and signs, and the merchant's
// receiver of webhooks, which verifies. Every request that the Worker sends comes here, whatever its address.

import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { Webhook } from 'standardwebhooks';

import { Ledger } from '../../support/gateway/ledger.mjs';
import { signature, signed } from '../../support/gateway/signature.mjs';
import { fromXml, toXml } from '../../support/gateway/xml.mjs';
import { WEBHOOK_SECRET } from '../../support/worker/webhook-receiver.mjs';
import { GatewayV3 } from './gateway-v3.mjs';

const { merchant, latencyMs, trusts } = JSON.parse(process.argv[2]);
const ledger = new Ledger();
const v3 = new GatewayV3(merchant);
const receiver = new Webhook(WEBHOOK_SECRET);
const told = new Set();
const wrong = [];
let queries = 0;

const server = createServer(async (request, response) => {
  const body = Buffer.concat(await Array.fromAsync(request)).toString();
  try {
    const { text, headers } = await answered(request, body);
    response.writeHead(200, { 'content-length': Buffer.byteLength(text), ...headers }).end(text);
  } catch (error) {
    wrong.push(`${request.method} ${request.url}: ${error.message}`);
    response.writeHead(400).end();
  }
});
// A connection that is closed between two chunks would be opened again in one.
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('message', () => process.send({ queries: queries + v3.queries, told: [...told], wrong }));
process.on('disconnect', () => process.exit());

/** `{ text, headers }`. */
async function answered(request, body) {
  const { method, url, headers } = request;
  if (method === 'POST' && url === '/webhooks') {
    hear(body, headers);
    return { text: '' };
  }
  const answer = GatewayV3.takes(url) ? v3.answer(request, body) : answerOfV2(method, url, body);
  if (latencyMs > 0) await sleep(latencyMs);
  return answer;
}

function answerOfV2(method, url, body) {
  const call = url.replace('/pay/', '');
  if (method !== 'POST' || !Ledger.calls.includes(call)) throw new Error('nobody asks for this');
  return { text: say(call, fromXml(body)), headers: { 'content-type': 'text/plain' } };
}

function say(call, fields) {
  const missing = Ledger.missing(call, fields);
  if (missing) throw new Error(`${missing} is missing`);
  const credentials = { key: merchant.key, signType: fields.sign_type ?? 'MD5' };
  if (!trusts && signature(fields, credentials) !== fields.sign) throw new Error('the signature is wrong');
  if (call === 'orderquery') queries += 1;
  const business = ledger.answer(call, fields);
  if (business.err_code) throw new Error(`${business.err_code} ${business.err_code_des}`);
  const { appid, mchId } = merchant;
  const envelope = { return_code: 'SUCCESS', return_msg: 'OK', appid, mch_id: mchId, nonce_str: randomBytes(8).toString('hex') };
  return toXml(signed({ ...envelope, ...business }, credentials));
}

function hear(body, headers) {
  if (!trusts && !isSigned(body, headers)) throw new Error('the webhook is not signed');
  const event = JSON.parse(body);
  if (event.type !== 'order.paid') throw new Error(`a webhook of type ${event.type}`);
  told.add(event.data.out_trade_no);
}

/** Whatever its time: the clock of a measured Worker goes slower (front.mjs). */
function isSigned(body, headers) {
  const at = new Date(Number(headers['webhook-timestamp']) * 1000);
  return receiver.sign(headers['webhook-id'], at, body) === headers['webhook-signature'];
}
