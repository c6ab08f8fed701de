// Offers (JWS): right ones, and wrong in each of their parts.

import { createHmac } from 'node:crypto';

import { aNumber, anOddText, mangled } from './mangle.mjs';

const BASE64URL = (text) => Buffer.from(text).toString('base64url');

/** The text of an offer. Some are genuine and can be ordered by. */
export function anOffer(random, { offerKey, offerEndsAt }) {
  const header = random.percent(70) ? '{"alg":"HS256"}' : random.pick(HEADERS)(random);
  const payload = random.percent(60) ? claims(random, offerEndsAt) : mangled(random, Buffer.from(claims(random, offerEndsAt)));
  const signed = `${BASE64URL(header)}.${BASE64URL(payload)}`;
  const key = random.percent(85) ? offerKey : random.pick(['', offerKey.slice(1), 'secret', header]);
  const seal = createHmac('sha256', key).update(signed).digest();
  const offer = `${signed}.${seal.toString('base64url')}`;
  return random.weighted([
    [10, () => offer],
    [2, () => mangled(random, Buffer.from(offer)).toString('latin1')],
    [1, () => `${signed}.`],
    [1, () => signed],
    [1, () => `${offer}.${BASE64URL('more')}`],
    [1, () => `${signed}.${seal.toString('base64')}`],
    [1, () => `${signed}.${seal.subarray(0, random.below(32)).toString('base64url')}`],
    [1, () => offer.replaceAll('.', '..')],
    [1, () => `${BASE64URL(header)}=.${BASE64URL(payload)}==.${seal.toString('base64url')}=`],
    [1, () => '.'.repeat(random.below(50))],
    [1, () => ` ${offer}\n`],
    [1, () => offer.slice(0, random.below(offer.length))],
    [1, () => BASE64URL(random.bytes(100)).repeat(random.below(40))],
  ])();
}

const HEADERS = [
  () => '{"alg":"none"}',
  () => '{"alg":"HS256","typ":"JWT"}',
  () => '{"alg":"hs256"}',
  () => '{"alg":"RS256","kid":"../../key"}',
  () => '{"alg":"HS256","crit":["exp"],"exp":1}',
  () => '{"alg":"HS256","b64":false,"crit":["b64"]}',
  () => '{"alg":"HS256","alg":"none"}',
  () => '{"alg":["HS256"]}',
  () => '{"alg":"HS256","zip":"DEF"}',
  () => '[]',
  () => '',
  () => `${'['.repeat(500)}`,
  (random) => JSON.stringify({ alg: anOddText(random) }),
];

function claims(random, endsAt) {
  const right = { sku: 'tea-gift-set', name: 'Oolong', amount: 8800, currency: 'HKD', max_quantity: 5, exp: endsAt };
  const values = Object.entries(right).map(([name, value]) => [name, random.percent(88) ? JSON.stringify(value) : odd(random)]);
  const kept = values.filter(() => random.percent(96));
  const more = random.percent(10) ? [[random.pick(['nbf', 'iat', 'price', 'sku', 'exp', '__proto__']), odd(random)]] : [];
  return `{${[...kept, ...more].map(([name, value]) => `"${name}":${value}`).join(',')}}`;
}

function odd(random) {
  return random.weighted([
    [3, () => aNumber(random) || '""'],
    [2, () => JSON.stringify(anOddText(random))],
    [1, () => random.pick(['null', 'true', '[]', '{}', '[[[[]]]]', '"\\ud800"', '"\\u0000"', '-1', '1e21', '8800.0', '"8800"'])],
    [1, () => JSON.stringify('名'.repeat(random.below(200)))],
  ])();
}
