// The keys and offers of `npx wechatpay-edge` are those of `cargo xtask`: the same form, the same refusals. (`cargo xtask key`
// calls the command, `cargo xtask offer` is written in Rust.)

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { decodeJwt, jwtVerify } from 'jose';

import { call } from '../support/kit/shop-folder.mjs';
import { ROOT, fromEnvironment } from '../support/project.mjs';

const OFFER_KEY = 'a key for the offers of these tests, long enough';
const KIT = [process.execPath, join(ROOT, 'kit', 'bin', 'wechatpay-edge.mjs')];
let folder;
before(async () => (folder = await mkdtemp(join(tmpdir(), 'wechatpay-kit-'))));
after(() => rm(folder, { recursive: true }));

/** What either program prints, the one of the package first. */
async function both(args, env = { OFFER_KEY }) {
  const programs = [KIT, [fromEnvironment('XTASK_BIN')]];
  return Promise.all(programs.map(([program, ...first]) => call(program, [...first, ...args], { cwd: folder, env })));
}

const OFFER = { '--sku': 'tea', '--name': 'A “tea” set', '--amount': '8800', '--currency': 'HKD' };
const options = (more = {}) => Object.entries({ ...OFFER, ...more }).flat();

test('an offer has the same claims, and the Worker’s key verifies it', async () => {
  for (const more of [{}, { '--max-quantity': '5', '--max-orders': '10000', '--reference': 'A-17', '--days': '3650' }]) {
    const made = await both(['offer', ...options(more)]);
    const [ours, xtasks] = made.map(({ stdout }) => decodeJwt(stdout.trim()));
    assert.ok(Math.abs(ours.exp - xtasks.exp) <= 30);
    assert.deepEqual({ ...ours, exp: 0 }, { ...xtasks, exp: 0 });
    for (const { stdout } of made) {
      const { protectedHeader } = await jwtVerify(stdout.trim(), new TextEncoder().encode(OFFER_KEY));
      assert.deepEqual(protectedHeader, { alg: 'HS256' });
    }
  }
});

test('what the Worker would refuse in an offer is refused by both', async () => {
  const wrong = [
    { '--amount': '0' }, { '--amount': '-1' }, { '--amount': '88.5' }, { '--amount': '2147483648' }, { '--sku': 'tea pot' }, { '--name': '' },
    { '--currency': 'hkd' }, { '--max-quantity': '0' }, { '--max-orders': '0' }, { '--max-orders': '10001' }, { '--days': '0' }, { '--days': '3651' }, { '--reference': '' },
  ];
  for (const more of wrong) {
    for (const { code, stdout } of await both(['offer', ...options(more)])) assert.deepEqual([code !== 0, stdout], [true, ''], JSON.stringify(more));
  }
  for (const { code } of await both(['offer', ...options()], { OFFER_KEY: 'short' })) assert.notEqual(code, 0);
});

test('the key of offers may be in .dev.vars, and without one it is said what to do', async () => {
  const sign = () => call(KIT[0], [KIT[1], 'offer', ...options()], { cwd: folder });
  const { code, stderr } = await sign();
  assert.deepEqual([code, /OFFER_KEY is neither in the environment nor in \.dev\.vars\.\n  → Make one/.test(stderr)], [2, true]);
  await writeFile(join(folder, '.dev.vars'), `OFFER_KEY=${OFFER_KEY}\n`);
  await jwtVerify((await sign()).stdout.trim(), new TextEncoder().encode(OFFER_KEY));
});

test('a key is 32 random bytes, and its line has the name, the roles in their order, and the hash', async () => {
  const keys = new Set();
  for (const { stdout } of [...(await both(['key', 'till', '--role', 'refund,read', '--role', 'read'])), ...(await both(['key', 'till', '--role', 'read']))]) {
    const [, key, line] = /^The key, which is shown once:\n\n {4}wpe_([\w-]{43})\n\nThe line for the Worker's secret ADMIN_KEYS:\n\n {4}(\S+)\n$/.exec(stdout);
    keys.add(key);
    assert.match(line, new RegExp(`^till:read(\\+refund)?:${createHash('sha256').update(`wpe_${key}`).digest('hex')}$`));
  }
  assert.equal(keys.size, 4);
});

test('a name or a role that the Worker would refuse is refused by both', async () => {
  for (const args of [['Till', '--role', 'read'], ['a:b', '--role', 'read'], ['a'.repeat(33), '--role', 'read'], ['till', '--role', 'all'], ['till'], ['--role', 'read']]) {
    for (const { code, stdout } of await both(['key', ...args])) assert.deepEqual([code !== 0, stdout], [true, ''], args.join(' '));
  }
});
