// Starting, stopping, and mistakes on the command line.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { link, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { until } from '../support/until.mjs';
import { anOrder, call } from './calls.mjs';
import { TEA_HOUSE, runProgram, startProgram } from './program.mjs';

let folder;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulator-'));
});

after(() => folder && rm(folder, { recursive: true, force: true }));

test('a port that is taken is named, with two ways out', async () => {
  const first = await startProgram();
  try {
    const address = new URL(first.url).host;
    const { code, text } = await runProgram(['--listen', address]);
    assert.equal(code, 1);
    assert.match(text, new RegExp(`${address} is taken`));
    assert.match(text, /--listen 127\.0\.0\.1:8790/);
    assert.match(text, /--listen 127\.0\.0\.1:0/);
  } finally {
    await first.stop();
  }
});

test('without a configuration it prints five merchants, their keys, and the addresses of the live view and the phone', async () => {
  const program = await startProgram();
  try {
    const said = await until('its last word of the start', () => program.output.includes('Ctrl-C stops.') && program.output.join('\n'));
    assert.equal(said.match(/^ {4}appid wx[0-9a-f]{16} {2}mch_id \d{10}$/gm).length, 5);
    assert.equal(said.match(/^ {4}key \S{32}$/gm).length, 5);
    assert.ok(said.includes(`live view  ${program.url}/\n`) && said.includes(`phone      ${program.url}/phone\n`), said);
  } finally {
    await program.stop();
  }
});

test('Ctrl-C ends it in good order', async () => {
  const program = await startProgram();
  assert.equal(await program.stop(), 0);
  await until('its last word', () => program.output.includes('stopped'));
});

test('a termination signal ends it in good order', async () => {
  const program = await startProgram();
  program.child.kill('SIGTERM');
  await once(program.child, 'exit');
  assert.equal(program.child.exitCode, 0);
});

test('an answer that is under way at Ctrl-C still comes', async () => {
  const program = await startProgram();
  await program.control('PUT', 'faults', { faults: [{ name: 'slow', 'delay-ms': 300 }] });
  const answer = call(program.url, '/pay/unifiedorder', anOrder('A1', 'http://127.0.0.1:9/'));
  await until('the call', async () => (await program.control('GET', 'exchanges')).length > 0);
  assert.equal(await program.stop(), 0);
  assert.equal((await answer).result_code, 'SUCCESS');
});

test('a merchant of one\'s own replaces the five, and its key is not printed', async () => {
  const key = 'a-key-of-the-user-of-32-chars-00';
  const args = ['--appid', TEA_HOUSE.appid, '--mch-id', '1700000001', '--fee-type', 'USD', '--sign-type', 'MD5'];
  const program = await startProgram(args, { SIMULATOR_API_KEY: key });
  try {
    const { merchants } = await program.control('GET', 'overview');
    assert.deepEqual(merchants.map(({ mch_id, fee_type }) => [mch_id, fee_type]), [['1700000001', 'USD']]);
    assert.ok(!program.output.join('\n').includes(key));
    const merchant = { appid: TEA_HOUSE.appid, mchId: '1700000001', key };
    const order = (number, others) => call(program.url, '/pay/unifiedorder', anOrder(number, 'http://127.0.0.1:9/', { fee_type: 'USD', ...others }), { merchant });
    assert.equal((await order('A1')).result_code, 'SUCCESS');
    assert.equal((await order('A2', { sign_type: 'HMAC-SHA256' })).return_code, 'FAIL');
  } finally {
    await program.stop();
  }
});

for (const [what, args, expected] of [
  ['a key of the wrong length', ['--appid', TEA_HOUSE.appid, '--mch-id', '1634117205', '--api-key', 'short'], /32 characters/],
  ['a merchant without a number', ['--appid', TEA_HOUSE.appid], /--mch-id/],
  ['a fault nobody knows', ['--fault', 'earthquake'], /earthquake/],
  ['a fault with a wrong count', ['--fault', 'slow:often'], /"often" is not a number of times/],
  ['a configuration that is not there', ['--config', 'nowhere.toml'], /nowhere\.toml/],
]) {
  test(`${what} is said in a sentence`, async () => {
    const { code, text } = await runProgram(['--listen', '127.0.0.1:0', ...args]);
    assert.notEqual(code, 0);
    assert.match(text, expected);
  });
}

test('a misspelt switch is refused by the file and by the control interface', async () => {
  const path = join(folder, 'misspelt.toml');
  await writeFile(path, '[switches]\nnotification = "off"\n');
  const { code, text } = await runProgram(['--listen', '127.0.0.1:0', '--config', path]);
  assert.equal(code, 1);
  assert.match(text, /unknown field `notification`/);

  const program = await startProgram();
  try {
    const { status, body } = await program.json('PUT', '/control/faults', { notification: 'off' });
    assert.deepEqual([status, /unknown field/.test(body.message)], [422, true]);
  } finally {
    await program.stop();
  }
});

test('switches set while it runs go back to those of the start', async () => {
  const program = await startProgram(['--notifications', 'off', '--notify-speed', '60']);
  try {
    await program.control('PUT', 'faults', { notifications: 'on' });
    assert.deepEqual(await switchesOf(program), ['on', 60]);
    await program.control('PUT', 'faults', { 'notify-speed': 5 });
    assert.deepEqual(await switchesOf(program), ['off', 5], 'what is not named goes back, too');
    await program.control('DELETE', 'faults');
    assert.deepEqual(await switchesOf(program), ['off', 60]);
  } finally {
    await program.stop();
  }

  async function switchesOf({ control }) {
    const switches = await control('GET', 'faults');
    return [switches.notifications, switches['notify-speed']];
  }
});

test('flags win over the file, and faults of both strike', async () => {
  const path = join(folder, 'both.toml');
  await writeFile(path, 'listen = "127.0.0.1:1"\nseed = 7\n[switches]\nreentry = "new-code"\nfaults = [{ name = "not-visible", times = 1 }]\n');
  const config = ['--config', path, '--fault', 'system-error:2'];
  const [file, flag] = [await startProgram(config), await startProgram([...config, '--seed', '8'])];
  try {
    const { reentry, faults } = await file.control('GET', 'faults');
    assert.equal(reentry, 'new-code');
    assert.deepEqual(faults.map(({ name, times }) => [name, times]), [['not-visible', 1], ['system-error', 2]]);
    const codes = [];
    for (const program of [file, flag]) {
      await program.control('PUT', 'faults', { faults: [] });
      codes.push((await call(program.url, '/pay/unifiedorder', anOrder('A1', 'http://127.0.0.1:9/'))).code_url);
    }
    assert.notEqual(codes[0], codes[1]);
  } finally {
    await file.stop();
    await flag.stop();
  }
});

test('each of the five merchants is told of refunds at --refund-notify-url, and no page shows a key', async () => {
  const program = await startProgram(['--refund-notify-url', 'http://127.0.0.1:9/refunds']);
  try {
    const overview = await program.control('GET', 'overview');
    assert.deepEqual(overview.merchants.map((merchant) => merchant.refund_notify_url), Array(5).fill('http://127.0.0.1:9/refunds'));
    assert.ok(!JSON.stringify(overview).includes(TEA_HOUSE.key));
  } finally {
    await program.stop();
  }
});

test('a state that is being replaced is whole until the new one is', async () => {
  const state = join(folder, 'replaced.json');
  await (await startProgram(['--state', state])).stop();
  await link(state, join(folder, 'before.json'));
  const before = await readFile(state, 'utf8');
  const program = await startProgram(['--state', state]);
  await call(program.url, '/pay/unifiedorder', anOrder('A1', 'http://127.0.0.1:9/'));
  await program.stop();
  assert.notEqual(await readFile(state, 'utf8'), before);
  assert.equal(await readFile(join(folder, 'before.json'), 'utf8'), before, 'it was written over instead of replaced');
});

test('orders survive a restart, the log has every exchange without the key, and a line of it can be replayed', async () => {
  const files = ['--state', join(folder, 'state.json'), '--log', join(folder, 'log.jsonl')];
  const first = await startProgram(files);
  const order = await call(first.url, '/pay/unifiedorder', anOrder('A1', 'http://127.0.0.1:9/'));
  await first.pay(order.code_url);
  await until('a delivery in the log', async () => (await readFile(files[3], 'utf8')).includes('"kind":"notification"'));
  await first.stop();

  const second = await startProgram(files);
  try {
    assert.equal((await second.control('GET', 'orders/A1')).code_url, order.code_url);
    const log = await readFile(join(folder, 'log.jsonl'), 'utf8');
    assert.ok(!log.includes(TEA_HOUSE.key));
    const [line] = log.trim().split('\n').map((text) => JSON.parse(text));
    const { call: name, request } = line.exchange;
    const replayed = await second.control('POST', 'replay', { call: name, request });
    assert.match(replayed.answer, /ORDERPAID/);
    assert.match((await second.control('POST', 'replay', { number: replayed.number })).verdict, /^ORDERPAID/);
    const elsewhere = await startProgram();
    try {
      assert.equal((await elsewhere.control('POST', 'replay', { call: name, request })).verdict, 'SUCCESS');
      assert.equal((await elsewhere.control('GET', 'orders/A1')).trade_state, 'NOTPAY', 'a replay has its effect');
    } finally {
      await elsewhere.stop();
    }
  } finally {
    await second.stop();
  }
});

test('a seed repeats its codes', async () => {
  const codes = [];
  for (const _ of [1, 2]) {
    const program = await startProgram(['--seed', '7']);
    codes.push((await call(program.url, '/pay/unifiedorder', anOrder('A1', 'http://127.0.0.1:9/'))).code_url);
    await program.stop();
  }
  assert.equal(codes[0], codes[1]);
});
