// PyPI's wechatpy with the simulator. SDK_PYTHON names a Python that has it; `cargo xtask test` makes one.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { test } from 'node:test';

import { fromEnvironment } from '../support/project.mjs';
import { TEA_HOUSE, startProgram } from './program.mjs';
import { SUCCESS, startReceiver } from './receiver.mjs';

const python = fromEnvironment('SDK_PYTHON');
const script = fileURLToPath(new URL('sdk-wechatpy.py', import.meta.url));

test('wechatpy orders, queries, refunds and verifies both notifications', async () => {
  const simulator = await startProgram();
  // The script asks the receiver under /received/… for the messages that came.
  const receiver = await startReceiver(({ path }) => {
    if (!path.startsWith('/received')) return SUCCESS;
    return receiver.messages.find((message) => message.path === path.slice('/received'.length))?.body ?? '';
  });
  try {
    // The package sends the certificate only by TLS.
    await simulator.control('PUT', 'faults', { 'refund-certificate': 'not-asked' });
    const args = [script, simulator.url, receiver.url, TEA_HOUSE.appid, TEA_HOUSE.mchId, TEA_HOUSE.key];
    const { stdout } = await promisify(execFile)(python, args);
    assert.deepEqual(JSON.parse(stdout), {
      signed: [true, true],
      states: ['NOTPAY', 'SUCCESS'],
      told: ['PY-1', 8800, true],
      refund: ['SUCCESS', true],
      closed: 'ORDERPAID',
    });
  } finally {
    await receiver.stop();
    await simulator.stop();
  }
});
