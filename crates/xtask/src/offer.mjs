// Signs one offer and prints it. Its arguments are the claims and the days it is valid; the key comes by the environment,
// since arguments can be read by every process of the machine.

import { createHmac } from 'node:crypto';

const [sku, name, amount, currency, maxQuantity, days] = process.argv.slice(2);
const exp = Math.floor(Date.now() / 1000) + Number(days) * 24 * 60 * 60;
const claims = { sku, name, amount: Number(amount), currency, max_quantity: Number(maxQuantity), exp };

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const signed = `${part({ alg: 'HS256' })}.${part(claims)}`;
const signature = createHmac('sha256', process.env.OFFER_KEY).update(signed).digest('base64url');
console.log(`${signed}.${signature}`);
