// `npx wechatpay-edge key`: makes a key for one of the merchant's systems, and the line by which the Worker knows it.
//
// The key is 32 bytes of the operating system's randomness. So the Worker needs no more than its SHA-256: a slow hash protects
// what a person could have thought of, and nobody can try these out.

import { createHash, randomBytes } from 'node:crypto';

import { CODES } from './codes.mjs';
import { Mistake } from './mistake.mjs';

/** In the order in which a line names them. */
export const ROLES = ['read', 'write', 'refund'];
/** By which a scanner of leaked secrets may know it. */
const PREFIX = 'wpe_';

export const options = { role: { type: 'string', multiple: true, default: [] } };
export const positionals = 1;

export const help = `Makes a key for one of your systems, and prints the line by which the Worker knows it.

npx wechatpay-edge key NAME --role read,write,refund

  NAME      who uses it: 1 to 32 small letters, digits, - and _; the audit log and each order's history show it
  --role    what it may do: read (every GET), write (every POST that moves no money), refund; with commas between them

The key is shown once: keep it where the system runs that uses it, and send it as \`Authorization: Bearer <key>\`. The line
goes to the Worker, behind the lines of the other keys and a comma: npx wrangler secret put ADMIN_KEYS`;

export function run({ role }, [name]) {
  const roles = role.flatMap((each) => each.split(','));
  const line = lineOf(name, roles, '');
  const key = newKey();
  console.log(`The key, which is shown once:\n\n    ${key}\n`);
  console.log(`The line for the Worker's secret ADMIN_KEYS:\n\n    ${line}${hashOf(key)}`);
  return CODES.well;
}

export const newKey = () => `${PREFIX}${randomBytes(32).toString('base64url')}`;

export const hashOf = (key) => createHash('sha256').update(key).digest('hex');

/** The line of this key for `ADMIN_KEYS`. Refuses what the Worker would refuse. */
export function lineOf(name, roles, hash) {
  const help = 'npx wechatpay-edge key --help';
  if (!/^[a-z0-9_-]{1,32}$/.test(name ?? '')) throw new Mistake(name === undefined ? 'The key has no name.' : `“${name}” cannot be the name of a key: it must be 1 to 32 small letters, digits, - and _.`, help);
  const unknown = roles.find((each) => !ROLES.includes(each));
  if (unknown !== undefined) throw new Mistake(`There is no role “${unknown}”.`, `Name some of ${ROLES.join(', ')}: --role read,write`);
  if (roles.length === 0) throw new Mistake('The key has no role.', `Name some of ${ROLES.join(', ')}: --role read,write`);
  return `${name}:${ROLES.filter((each) => roles.includes(each)).join('+')}:${hash}`;
}
