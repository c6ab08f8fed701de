// The examples of the simulator's README run as they are. The tests change only the address.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { fromEnvironment, ROOT } from '../support/project.mjs';
import { anOrder, call } from './calls.mjs';
import { startProgram } from './program.mjs';

const run = promisify(execFile);
let folder;
let readme;
let simulator;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulator-readme-'));
  readme = await readFile(join(ROOT, 'crates', 'simulator', 'README.md'), 'utf8');
  simulator = await startProgram();
});

after(async () => {
  await simulator?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** The block of code under `<!-- example: name -->`. */
function example(name) {
  const block = new RegExp(`<!-- example: ${name} -->\\n\`\`\`\\w+\\n(.*?)\`\`\``, 's').exec(readme);
  assert.ok(block, `the README has no example ${name}`);
  return block[1].replaceAll('http://127.0.0.1:8788', simulator.url);
}

async function file(name, text) {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

for (const [name, program, ending] of [
  ['curl', 'bash', 'sh'],
  ['node', process.execPath, 'mjs'],
  ['python', fromEnvironment('SDK_PYTHON'), 'py'],
]) {
  test(`the example for ${name} orders, pays and finds the order paid`, async () => {
    const { stdout } = await run(program, [await file(`example.${ending}`, example(name))]);
    assert.match(stdout, /code_url: weixin:\/\/wxpay\//);
    assert.match(stdout, /trade_state.*SUCCESS/);
  });
}

test('the example for faults is accepted as it stands', async () => {
  const { stdout } = await run('bash', [await file('faults.sh', example('faults'))]);
  assert.deepEqual(JSON.parse(stdout).faults.map(({ name }) => name), ['drop-after', 'system-error']);
});

test('the example configuration starts, with both of its merchants', async () => {
  const here = example('toml').replaceAll(/"(simulator\.jsonl?)"/g, (_, name) => JSON.stringify(join(folder, name)));
  const configured = await startProgram(['--config', await file('simulator.toml', here)]);
  try {
    const { merchants, switches } = await configured.control('GET', 'overview');
    assert.deepEqual(merchants.map(({ mch_id }) => mch_id), ['1634117205', '1634990001']);
    assert.equal(switches.reentry, 'new-code');
    const institution = { appid: 'wx90aa17be44c05d21', mchId: '1634990001', key: 'abcdef0123456789abcdef0123456789' };
    const order = (number, others) => call(configured.url, '/pay/unifiedorder', anOrder(number, 'http://127.0.0.1:9/', { fee_type: 'SGD', ...others }), { merchant: institution });
    assert.match((await order('R1')).return_msg, /sub_mch_id/);
    assert.equal((await order('R2', { sub_mch_id: '1635004477' })).sub_mch_id, '1635004477');
    assert.ok(!configured.output.join('\n').includes('0123456789abcdef'), 'a key of the user was printed');
  } finally {
    await configured.stop();
  }
});

test('the README names every fault and every switch', async () => {
  for (const { name } of await simulator.control('GET', 'fault-names')) assert.ok(readme.includes(`\`${name}\``), name);
  for (const name of Object.keys(await simulator.control('GET', 'faults'))) assert.ok(readme.includes(`\`${name}\``), name);
});
