// `npx wechatpay-edge offer`: signs one offer, a price for a page without a catalogue.
//
// The key comes from the environment or from .dev.vars, never from an argument: a shell keeps arguments in its history, and
// every process of the machine can read them.

import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';

import { CODES } from './codes.mjs';
import { Mistake } from './mistake.mjs';

/** HS256 asks for 32 bytes; the Worker takes no shorter key. */
const KEY_AT_LEAST = 32;
const DAY_S = 24 * 60 * 60;

export const options = {
  sku: { type: 'string' },
  name: { type: 'string' },
  amount: { type: 'string' },
  currency: { type: 'string' },
  'max-quantity': { type: 'string', default: '1' },
  'max-orders': { type: 'string' },
  reference: { type: 'string' },
  days: { type: 'string', default: '90' },
};

export const help = `Signs one offer: a price for a page without a catalogue. It goes into <wechat-pay offer="…">.

npx wechatpay-edge offer --sku SKU --name NAME --amount MINOR --currency HKD [OPTIONS]

  --sku SKU            your id of the goods: 1 to 32 characters of [A-Za-z0-9_-]
  --name NAME          what the shopper reads in WeChat
  --amount MINOR       the price of one in the currency's smallest unit: 8800 is HK$88.00
  --currency CODE      three letters, as in HKD
  --max-quantity N     the most of it in one order; unless set: 1
  --max-orders N       how many orders it may make in all, paid or not, at most 10000; unless set: as many as are wanted
  --reference TEXT     your own number of what it sells, 1 to 64 characters; it comes back with the order
  --days N             how many days it is valid; unless set: 90

The key is OFFER_KEY, in the environment or in .dev.vars; the Worker must have the same: npx wrangler secret put OFFER_KEY`;

export async function run(values) {
  const claims = claimsOf(values, Math.floor(Date.now() / 1000));
  console.log(signed(claims, await keyOf()));
  return CODES.well;
}

/** What is signed. Refuses what the Worker would refuse. */
export function claimsOf({ sku, name, amount, currency, 'max-quantity': maxQuantity, 'max-orders': maxOrders, reference, days }, nowS) {
  must(/^[A-Za-z0-9_-]{1,32}$/.test(sku ?? ''), '--sku must be 1 to 32 characters of [A-Za-z0-9_-].');
  must((name ?? '').trim() !== '', '--name must say what the shopper reads in WeChat.');
  must(/^[A-Z]{3}$/.test(currency ?? ''), '--currency must be three capital letters, as in HKD.');
  if (reference !== undefined) must(reference !== '' && [...reference].length <= 64, '--reference must be 1 to 64 characters.');
  return {
    sku,
    name,
    amount: whole('--amount', amount, 2 ** 31 - 1),
    currency,
    max_quantity: whole('--max-quantity', maxQuantity, 2 ** 32 - 1),
    exp: nowS + whole('--days', days, 3650) * DAY_S,
    ...(maxOrders !== undefined && { max_orders: whole('--max-orders', maxOrders, 10_000) }),
    ...(reference !== undefined && { reference }),
  };
}

/** The claims as a JWS, signed by HS256. */
export function signed(claims, key) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'HS256' })}.${part(claims)}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}

function whole(option, text, most) {
  const isWhole = /^\d+$/.test(text ?? '') && Number(text) >= 1 && Number(text) <= most;
  must(isWhole, `${option} must be a whole number from 1 to ${most}.`);
  return Number(text);
}

function must(fulfilled, what) {
  if (!fulfilled) throw new Mistake(what, 'npx wechatpay-edge offer --help');
}

async function keyOf() {
  const ofFolder = parseEnv(await readFile('.dev.vars', 'utf8').catch(() => '')).OFFER_KEY;
  const key = process.env.OFFER_KEY || ofFolder;
  const mend = 'Make one (openssl rand -hex 32), write it as OFFER_KEY=… into .dev.vars, and store it: npx wrangler secret put OFFER_KEY';
  if (!key) throw new Mistake('There is no key to sign with: OFFER_KEY is neither in the environment nor in .dev.vars.', mend);
  if (Buffer.byteLength(key) < KEY_AT_LEAST || key.trim() !== key) throw new Mistake(`OFFER_KEY must have at least ${KEY_AT_LEAST} characters and no blank at its ends.`, mend);
  return key;
}
