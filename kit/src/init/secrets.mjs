// The secrets of a new shop: made at random, and written as lines of `.dev.vars`, which its owner alone may read.

import { randomBytes } from 'node:crypto';

import { Mistake } from '../mistake.mjs';

const FIRST = '# Secrets of this shop. Never publish this file, and never put it into git.\n';
/** What stands for itself in such a file. */
const PLAIN = /^[\w+/=:.,-]*$/;

export const newOrderSecret = () => randomBytes(32).toString('hex');

/** As Standard Webhooks wants it. */
export const newWebhookSecret = () => `whsec_${randomBytes(32).toString('base64')}`;

/** The text of the file with these secrets behind what it has. */
export function withSecrets(before, secrets) {
  const begin = before === '' ? FIRST : before.endsWith('\n') ? before : `${before}\n`;
  return begin + Object.entries(secrets).map(([name, value]) => `${name}=${quoted(name, value)}\n`).join('');
}

function quoted(name, value) {
  if (PLAIN.test(value)) return value;
  const quote = ["'", '`', '"'].find((each) => !value.includes(each));
  if (!quote || /[\r\n]/.test(value) || (quote === '"' && value.includes('\\'))) throw new Mistake(`${name} has characters that .dev.vars cannot hold.`, `Leave it out here, and store it by: npx wrangler secret put ${name}`);
  return `${quote}${value}${quote}`;
}
