// What strangers may send to the program: odd bodies, odd files, odd addresses. It says what is wrong and goes on.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { anOrder, call } from './calls.mjs';
import { TEA_HOUSE, runProgram, startProgram } from './program.mjs';

let folder;
let simulator;

before(async () => {
  [folder, simulator] = await Promise.all([mkdtemp(join(tmpdir(), 'simulator-')), startProgram()]);
});

after(async () => {
  // After all this it still runs and ends normally.
  if (simulator) assert.equal(await simulator.stop(), 0);
  if (folder) await rm(folder, { recursive: true, force: true });
});

const JSON_TYPE = { 'content-type': 'application/json' };
const NON_UTF8 = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);

for (const [what, method, path, body, status, expected, headers = JSON_TYPE] of [
  ['a broken document', 'PUT', '/control/faults', '{bad', 400, /key must be a string/],
  ['a document of another kind', 'PUT', '/control/faults', '[]', 422, /expected a map/],
  ['a document that does not say it is JSON', 'PUT', '/control/faults', '{}', 415, /application\/json/, {}],
  ['bytes that are no text', 'POST', '/phone/pay', NON_UTF8, 400, /JSON/],
  ['a probability of seven', 'PUT', '/control/faults', '{"faults":[{"name":"slow","probability":7}]}', 422, /slow must be 0 to 1/],
  ['a refund of a thousand years', 'PUT', '/control/faults', '{"refund-takes-ms":31557600000000}', 422, /a year/],
  ['a signature left out as a field', 'PUT', '/control/faults', '{"left-out":["sign"]}', 422, /the fault `unsigned`/],
  ['a redirect to no address', 'PUT', '/control/faults', '{"redirect-to":"a b"}', 422, /without blanks/],
  ['a bill of no gzip member', 'PUT', '/control/faults', '{"bill-gzip-members":0}', 422, /1 to 64/],
  ['a bill of a layout nobody knows', 'PUT', '/control/faults', '{"bill-layout":"martian"}', 422, /red-envelope/],
  ['a clock turned back', 'POST', '/control/clock', '{"advance-ms":-1}', 422, /expected u32/],
  ['a replay of nothing', 'POST', '/control/replay', '{}', 422, /number of an exchange/],
  ['a replay of an unknown call', 'POST', '/control/replay', '{"call":"nope","request":""}', 422, /unified-order/],
  ['a hostile message nobody knows', 'POST', '/control/hostile', '{"out_trade_no":"S1","name":"nope"}', 422, /utf8-bom/],
  ['a number that is no text', 'GET', '/control/orders/%ff', undefined, 404, /no order has this number/],
  ['a number that is a path', 'GET', '/control/orders/..%2f..%2fetc%2fpasswd', undefined, 404, /no order has this number/],
  ['a picture of twenty megabytes', 'POST', '/phone/decode', Buffer.alloc(20 * 1024 * 1024), 413, /16 MiB/],
]) {
  test(`${what} is refused with a sentence`, async () => {
    await call(simulator.url, '/pay/unifiedorder', anOrder('S1', 'http://127.0.0.1:9/'));
    const response = await fetch(simulator.url + path, { method, body, headers });
    assert.equal(response.status, status);
    assert.match((await response.json()).message, expected);
  });
}

test('a path that WeChat Pay does not have is answered with status 404 and the paths that it has', async () => {
  const response = await fetch(`${simulator.url}/pay/unifiedorders`, { method: 'POST', body: '<xml></xml>' });
  assert.equal(response.status, 404);
  assert.match(await response.text(), /WeChat Pay answers at \/pay\/unifiedorder, /);
});

test('a call of more than a megabyte is not read to its end', async () => {
  const call = fetch(`${simulator.url}/pay/unifiedorder`, { method: 'POST', body: Buffer.alloc(2 * 1024 * 1024, 'x') });
  // The connection may be closed before the client has sent enough to look for an answer.
  const seen = await call.then(async (answer) => [answer.status, await answer.text()], ({ cause }) => cause.code);
  if (Array.isArray(seen)) assert.deepEqual(seen, [413, 'the body is too long']);
  else assert.match(seen, /^(EPIPE|ECONNRESET|UND_ERR_SOCKET)$/);
});

test('the pages take nothing from elsewhere', async () => {
  for (const path of ['/', '/phone']) {
    const { headers } = await fetch(simulator.url + path);
    assert.match(headers.get('content-security-policy'), /^default-src 'self'; .*object-src 'none'/, path);
  }
});

test('a call of a megabyte is too long in the words of the gateway', async () => {
  const response = await fetch(`${simulator.url}/pay/unifiedorder`, { method: 'POST', body: 'x'.repeat(1_000_000) });
  assert.match(await response.text(), /<return_code><!\[CDATA\[FAIL\]\]>.*post数据过长/s);
});

const MERCHANT = `[[merchants]]\nappid = "${TEA_HOUSE.appid}"\nmch-id = "${TEA_HOUSE.mchId}"\n`;
for (const [what, option, text, expected] of [
  ['a configuration that is no TOML', '--config', 'x = [', /line 1, column 6/],
  ['a configuration that is no text', '--config', NON_UTF8, /UTF-8/],
  ['a word the configuration does not know', '--config', 'listn = "x"', /unknown field `listn`/],
  ['a merchant with half a key', '--config', `${MERCHANT}key = "short"`, /merchant 1634117205: the API key must be 32/],
  ['one merchant twice', '--config', `${MERCHANT}key = "${TEA_HOUSE.key}"\n`.repeat(2), /1634117205 stands in the configuration twice/],
  ['a state that is empty', '--state', '', /the state cannot be read/],
  ['a state of another program', '--state', '{"version":2,"books":{},"post":{},"mint":{}}', /the state cannot be read/],
]) {
  test(`${what} is said before anything is served`, async () => {
    const file = join(folder, 'file');
    await writeFile(file, text);
    const { code, text: said } = await runProgram(['--listen', '127.0.0.1:0', option, file]);
    assert.equal(code, 1);
    assert.match(said, expected);
  });
}

test('a state that cannot be written is said before the first order, not after it', async () => {
  const { code, text } = await runProgram(['--listen', '127.0.0.1:0', '--state', join(folder, 'nowhere', 'state.json')]);
  assert.equal(code, 1);
  assert.match(text, /the state cannot be written/);
});

test('a state whose lists were cut by hand is refused, not misread', async () => {
  const file = join(folder, 'cut.json');
  const books = { trades: [], by_number: { '1634117205/A1': 7 }, by_code: {}, by_transaction: {}, by_refund: {} };
  await writeFile(file, JSON.stringify({ version: 1, books, post: { notifications: [] }, mint: { state: 1 } }));
  const { code, text } = await runProgram(['--listen', '127.0.0.1:0', '--state', file]);
  assert.equal(code, 1);
  assert.match(text, /do not fit together/);
});
