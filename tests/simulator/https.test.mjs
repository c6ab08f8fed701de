// Notifications to https addresses: which certificates the simulator trusts.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { until } from '../support/until.mjs';
import { anOrder, call } from './calls.mjs';
import { runProgram, startProgram } from './program.mjs';
import { SUCCESS } from './receiver.mjs';

const run = promisify(execFile);
let folder;
let server;
let address;

/** A receiver with a certificate from an authority that this test makes. */
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulator-https-'));
  const openssl = (...args) => run('openssl', args, { cwd: folder });
  // Only options that every version of openssl and libressl knows.
  const key = ['-newkey', 'rsa:2048', '-nodes'];
  await openssl('req', '-x509', ...key, '-days', '2', '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test authority');
  await openssl('req', '-new', ...key, '-keyout', 'leaf.key', '-out', 'leaf.csr', '-subj', '/CN=127.0.0.1');
  await writeFile(join(folder, 'leaf.ext'), 'subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n');
  const issued = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-set_serial', '1', '-days', '2', '-extfile', 'leaf.ext'];
  await openssl('x509', '-req', '-in', 'leaf.csr', '-out', 'leaf.pem', ...issued);
  const files = await Promise.all(['leaf.key', 'leaf.pem'].map((name) => readFile(join(folder, name))));
  server = createServer({ key: files[0], cert: files[1] }, (request, response) => {
    request.resume().on('end', () => response.end(SUCCESS));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `https://127.0.0.1:${server.address().port}/notify`;
});

after(async () => {
  server?.close();
  server?.closeAllConnections();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** The result of the first delivery. */
async function firstVerdict(args) {
  const simulator = await startProgram(args);
  try {
    await simulator.pay((await call(simulator.url, '/pay/unifiedorder', anOrder('H1', address))).code_url);
    const { deliveries } = await until('a delivery', async () => {
      const [notification] = await simulator.control('GET', 'notifications');
      return notification?.deliveries.length > 0 && notification;
    });
    return deliveries[0].verdict;
  } finally {
    await simulator.stop();
  }
}

test('an https receiver without a public certificate is not believed, and the delivery says what to do', async () => {
  const verdict = await firstVerdict([]);
  assert.match(verdict, /certificate/);
  assert.match(verdict, /--notify-ca FILE or --notify-insecure/);
});

test('a test authority of one\'s own is believed when it is named', async () => {
  assert.match(await firstVerdict(['--notify-ca', join(folder, 'ca.pem')]), /^received in/);
});

test('every certificate is taken when one says so', async () => {
  assert.match(await firstVerdict(['--notify-insecure']), /^received in/);
});

for (const [what, file] of [['is not there', 'nowhere.pem'], ['holds no certificate', 'ca.key']]) {
  test(`an authority that ${what} is said in a sentence`, async () => {
    const { code, text } = await runProgram(['--listen', '127.0.0.1:0', '--notify-ca', join(folder, file)]);
    assert.equal(code, 1);
    assert.match(text, new RegExp(`${file}: .`));
  });
}
