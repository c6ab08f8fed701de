// PyPI's wechatpayv3 with API v3 of the simulator, once with platform certificates and once with the public key. SDK_PYTHON
// names a Python that has it; `cargo xtask test` makes one.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { test } from 'node:test';

import { fromEnvironment } from '../support/project.mjs';
import { startProgram } from './program.mjs';
import { startReceiver } from './receiver.mjs';

const python = fromEnvironment('SDK_PYTHON');
const script = fileURLToPath(new URL('v3-wechatpayv3.py', import.meta.url));

for (const mode of ['certificates', 'public-key']) {
  test(`wechatpayv3 places, queries, refunds, closes and takes both notifications (${mode})`, async () => {
    const simulator = await startProgram();
    // The script asks the receiver under /received/… for the messages that came.
    const receiver = await startReceiver(({ path }) => {
      if (!path.startsWith('/received')) return '';
      const found = receiver.messages.find((message) => message.path === path.slice('/received'.length));
      return found ? JSON.stringify(found) : '';
    });
    try {
      await simulator.control('PUT', 'faults', { 'v3-platform-key': mode === 'public-key' ? 'public-key' : 'certificate' });
      const { stdout } = await promisify(execFile)(python, [script, simulator.url, receiver.url, mode]);
      assert.deepEqual(JSON.parse(stdout), {
        statuses: [200, 200, 200, 200, 200, 400, 200],
        states: ['NOTPAY', 'SUCCESS'],
        told: [true, true],
        refund: ['PROCESSING', 'SUCCESS', true],
        close: ['ORDERPAID', 204],
      });
    } finally {
      await receiver.stop();
      await simulator.stop();
    }
  });
}
