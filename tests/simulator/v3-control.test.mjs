// API v3 of the simulator as a program: key files, a change of the certificate, hostile messages, bills by their links.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { after, before, test } from 'node:test';

import { runProgram, startProgram } from './program.mjs';
import { startReceiver } from './receiver.mjs';
import { HONG_KONG, MAINLAND, call, certificates, globalOrder, isSigned, keysOf, opened, publicKeyOf } from './v3.mjs';

let simulator;
let receiver;
let folder;

before(async () => {
  simulator = await startProgram();
  receiver = await startReceiver();
  folder = await mkdtemp(join(tmpdir(), 'simulator-v3-'));
});

after(async () => {
  await receiver?.stop();
  await simulator?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('each of the five merchants has a key, a certificate that fits it, and an APIv3 key of its own', async () => {
  const all = await simulator.control('GET', 'v3/keys');
  assert.equal(all.length, 5);
  assert.equal(new Set(all.map((keys) => keys.serial)).size, 5);
  assert.equal(new Set(all.map((keys) => keys.api_v3_key)).size, 5);
  for (const keys of all) {
    const certificate = new X509Certificate(keys.certificate);
    assert.equal(certificate.serialNumber, keys.serial);
    assert.ok(certificate.publicKey.equals(createPublicKey(keys.private_key)), keys.mchid);
    assert.equal(keys.api_v3_key.length, 32);
    assert.equal(createPublicKey(keys.public_key).asymmetricKeyDetails.modulusLength, 2048);
  }
});

test('answers and notifications verify over the network, also while the certificate changes', async () => {
  const keys = await keysOf(simulator, HONG_KONG);
  const seen = new Set();
  for (const to of ['settled', 'announced', 'mixed', 'switched', 'settled']) {
    assert.deepEqual(await simulator.control('POST', 'v3/rotation', { to }), { rotation: to });
    const known = await certificates(simulator, keys);
    for (let n = 0; n < 6; n += 1) {
      const answer = await call(simulator, keys, 'POST', '/v3/global/transactions/native', globalOrder(keys, `ROT-${to}`, `${receiver.url}/${to}`));
      assert.ok(isSigned(answer.headers, answer.bytes, known), `${to} ${answer.bytes}`);
      seen.add(answer.headers.get('wechatpay-serial'));
      if (n === 5 && to !== 'settled') await simulator.pay(answer.json.code_url);
    }
    if (to === 'settled') continue;
    const told = await receiver.message(`/${to}`);
    assert.ok(isSigned(told.headers, told.body, known));
    const { resource } = JSON.parse(told.body);
    assert.equal(JSON.parse(opened(keys.api_v3_key, resource)).out_trade_no, `ROT-${to}`);
    assert.match(told.headers['content-type'], /^application\/json/);
  }
  assert.equal(seen.size, 2);
});

test('a call without a right signature gets 401 unsigned, and the list of calls says why', async () => {
  const keys = await keysOf(simulator, HONG_KONG);
  const target = `/v3/global/transactions/out-trade-no/NOBODY?mchid=${HONG_KONG}`;
  const answer = await call(simulator, keys, 'GET', target, undefined, { spoil: (text) => text.slice(0, -1) });
  assert.deepEqual([answer.status, answer.json.code, answer.headers.get('wechatpay-signature')], [401, 'SIGN_ERROR', null]);
  const exchanges = await simulator.control('GET', 'exchanges');
  assert.match(exchanges.at(-1).signature.hint, /last line feed/);
  assert.ok(!JSON.stringify(exchanges).includes(keys.api_v3_key));
});

test('a closing is 204 without a body, and the signature covers that', async () => {
  const keys = await keysOf(simulator, MAINLAND);
  const answer = await call(simulator, keys, 'POST', '/v3/pay/transactions/out-trade-no/NOBODY01/close', { mchid: MAINLAND });
  assert.deepEqual([answer.status, answer.bytes.length, answer.headers.get('content-type')], [204, 0, null]);
  assert.ok(isSigned(answer.headers, answer.bytes, await certificates(simulator, keys, '/v3/certificates')));
  const headers = { 'wechatpay-serial': keys.public_key_id };
  const byKey = await call(simulator, keys, 'POST', '/v3/pay/transactions/out-trade-no/NOBODY01/close', { mchid: MAINLAND }, { headers });
  assert.ok(isSigned(byKey.headers, byKey.bytes, publicKeyOf(keys)));
});

test('hostile messages reach the notify address with their headers, and none is genuine', async () => {
  const keys = await keysOf(simulator, HONG_KONG);
  const { json } = await call(simulator, keys, 'POST', '/v3/global/transactions/native', globalOrder(keys, 'HOSTILE-1', `${receiver.url}/hostile`));
  await simulator.pay(json.code_url);
  const genuine = await receiver.message('/hostile');
  const known = await certificates(simulator, keys);
  assert.ok(isSigned(genuine.headers, genuine.body, known));
  receiver.messages.length = 0;
  const replies = await simulator.control('POST', 'hostile', { out_trade_no: 'HOSTILE-1' });
  assert.ok(replies.length > 30 && replies.every((reply) => reply.status === 200), JSON.stringify(replies));
  const bodies = receiver.messages.map((message) => isSigned(message.headers, message.body, known) && message.body);
  assert.ok(!bodies.includes(genuine.body));
  // The long nonce opens with a library that takes any length: only a receiver that looks at it refuses.
  await simulator.control('POST', 'hostile', { out_trade_no: 'HOSTILE-1', name: 'nonce-length' });
  const { resource } = JSON.parse(receiver.messages.at(-1).body);
  assert.deepEqual([resource.nonce.length, JSON.parse(opened(keys.api_v3_key, resource)).out_trade_no], [16, 'HOSTILE-1']);
  const [probe] = await simulator.control('POST', 'hostile', { out_trade_no: 'HOSTILE-1', name: 'probe' });
  assert.equal(probe.name, 'probe');
  assert.match(receiver.messages.at(-1).headers['wechatpay-signature'], /^WECHATPAY\/SIGNTEST\//);
});

test('a mainland bill is fetched by its link, which has the host that was asked', async () => {
  const keys = await keysOf(simulator, MAINLAND);
  const day = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
  const order = { appid: keys.appid, mchid: keys.mchid, description: '茶', out_trade_no: 'BILL-0001', notify_url: `${receiver.url}/bill`, amount: { total: 10000 } };
  const { json } = await call(simulator, keys, 'POST', '/v3/pay/transactions/native', order);
  await simulator.pay(json.code_url);
  await simulator.control('POST', 'clock', { 'advance-ms': 2 * 86_400_000 });
  const now = Date.now() + 2 * 86_400_000;
  const { json: link } = await call(simulator, keys, 'GET', `/v3/bill/tradebill?bill_date=${day}`, undefined, { now });
  assert.ok(link.download_url.startsWith(`${simulator.url}/v3/billdownload/file?token=`), link.download_url);
  const file = await call(simulator, keys, 'GET', link.download_url.slice(simulator.url.length), undefined, { now });
  assert.equal(file.status, 200);
  assert.equal(createHash('sha1').update(file.bytes).digest('hex'), link.hash_value);
  assert.match(file.bytes.toString(), /`BILL-0001/);
});

test('a merchant of one\'s own calls API v3 with a certificate of its own, and its key is not printed', async () => {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, '-days', '30', '-subj', '/CN=a merchant', '-set_serial', '0x4A0102030405060708090A0B0C0D0E0F10111213'];
  await promisify(execFile)('openssl', made);
  const args = ['--appid', 'wx5c1f9e2a7d3b6048', '--mch-id', '1700000001', '--fee-type', 'USD', '--merchant-certificate', certificate];
  const secrets = { SIMULATOR_API_KEY: 'a-key-of-the-user-of-32-chars-00', SIMULATOR_API_V3_KEY: 'a-v3-key-of-the-user-32-chars-00' };
  const program = await startProgram(args, secrets);
  try {
    const [shown] = await program.control('GET', 'v3/keys');
    assert.deepEqual([shown.serial, shown.private_key, shown.api_v3_key], ['4A0102030405060708090A0B0C0D0E0F10111213', undefined, undefined]);
    const keys = { ...shown, private_key: await readFile(key, 'utf8'), api_v3_key: secrets.SIMULATOR_API_V3_KEY };
    const answer = await call(program, keys, 'POST', '/v3/global/transactions/native', globalOrder(keys, 'OWN-1', 'http://127.0.0.1:9/', { amount: { total: 100, currency: 'USD' } }));
    assert.equal(answer.status, 200, answer.bytes.toString());
    assert.ok(isSigned(answer.headers, answer.bytes, await certificates(program, keys)));
    assert.ok(!program.output.join('\n').includes(secrets.SIMULATOR_API_V3_KEY));
  } finally {
    await program.stop();
  }
});

test('a wrong APIv3 key and a file that is no certificate are refused at the start, with what to do', async () => {
  const args = ['--appid', 'wx5c1f9e2a7d3b6048', '--mch-id', '1700000001', '--fee-type', 'USD'];
  const short = await runProgram(args, { SIMULATOR_API_KEY: 'a-key-of-the-user-of-32-chars-00', SIMULATOR_API_V3_KEY: 'short' });
  assert.deepEqual([short.code, /the APIv3 key must be 32 bytes, it has 5/.test(short.text)], [1, true], short.text);
  const file = join(folder, 'no-certificate.pem');
  await writeFile(file, 'nothing');
  const other = await runProgram([...args, '--merchant-certificate', file], { SIMULATOR_API_KEY: 'a-key-of-the-user-of-32-chars-00', SIMULATOR_API_V3_KEY: 'a-v3-key-of-the-user-32-chars-00' });
  assert.deepEqual([other.code, /must be a PEM file with an RSA key/.test(other.text)], [1, true], other.text);
});
