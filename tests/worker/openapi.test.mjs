// The running Worker and its description (www/openapi.json): schemathesis makes requests of the description, good and bad ones,
// and compares each answer with it. `cargo xtask test` installs schemathesis with the other Python libraries of the tests.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { startSimulator } from '../support/gateway/simulator.mjs';
import { ROOT, fromEnvironment } from '../support/project.mjs';
import { BACK_OFFICE, BackOffice, makeKey } from '../support/shop/back-office.mjs';
import { setStage } from '../support/stage.mjs';

const KEY = makeKey('schemathesis', 'read+write+refund');
const FILE = join(ROOT, 'www/openapi.json');
/** No answer of the Worker's own is a failure, and each has a status, a form and fields that are described. */
const CHECKS = [
  'not_a_server_error', 'status_code_conformance', 'content_type_conformance', 'response_schema_conformance',
  'response_headers_conformance', 'unsupported_method', 'allow_header_conformance',
];
/** For each operation. With those that cover each bound, about 1,400 requests. */
const EXAMPLES = 8;
/** Filters that let orders through; of filters that fit by chance, the answers would be empty. What is refused is made of these, too. */
const FITTING = {
  state: ['paid', 'paid,awaiting_payment'], placed_from: ['0', '2026-01-01T00:00:00Z'], placed_before: ['8640000000000000'], paid_from: ['0'],
  paid_before: ['9999-12-31T00:00:00+08:00'], amount_from: [0], amount_to: [2_147_483_647], currency: ['HKD'], text: ['e', 'E'],
  before_ms: [8_640_000_000_000_000], before: ['zz'], cursor: ['8640000000000000.zz'],
};
const SEED = 20_260_301;

let stage, folder, order;
let files = 0;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openapi-'));
  stage = await setStage({ start: startSimulator, ...BACK_OFFICE, vars: { ...BACK_OFFICE.vars, ADMIN_KEYS: KEY.line } });
  order = await stage.shop.placePayable();
  await stage.gateway.pay(order.view.code_url);
  await stage.shop.becomes('paid', order);
  await new BackOffice(stage.worker).refund(order.id, { out_refund_no: 'R1', amount_minor: 100 });
});
after(async () => {
  await stage?.stop();
  if (folder) await rm(folder, { recursive: true });
});

/**
 * The description for the tests: no answer may have a field that is not described, and half of the requests are about orders that
 * there are.
 */
async function strict(change) {
  const description = JSON.parse(await readFile(FILE, 'utf8'));
  change(description);
  for (const schema of Object.values(description.components.schemas)) {
    for (const each of [schema, ...(schema.oneOf ?? [])]) {
      // schemathesis lets answers have more than `additionalProperties: false` allows. Bodies of requests have it already.
      if (each.properties && each.additionalProperties === undefined) each.propertyNames = { enum: Object.keys(each.properties) };
    }
  }
  for (const methods of Object.values(description.paths)) {
    for (const parameter of Object.values(methods).flatMap(({ parameters }) => parameters)) {
      const values = parameter.in === 'path' ? { id: [order.id, order.id, 'Hnone', 'a|b*@'], number: ['R1', 'none', 'ä'] } : FITTING;
      if (values[parameter.name]) parameter.schema = { enum: values[parameter.name] };
    }
  }
  return description;
}

async function run(paths, token, change = () => {}) {
  const file = join(folder, `${files += 1}.json`);
  await writeFile(file, JSON.stringify(await strict(change)));
  const options = [
    '-m', 'schemathesis.cli', 'run', file, '--url', stage.worker.url, '--include-path-regex', paths,
    '--header', `Authorization: Bearer ${token}`, '--max-examples', `${EXAMPLES}`, '--seed', `${SEED}`,
    '--phases', 'coverage,fuzzing', '--checks', CHECKS.join(), '--continue-on-failure', '--generation-database', 'none',
    '--suppress-health-check', 'all',
  ];
  const ran = promisify(execFile)(fromEnvironment('SDK_PYTHON'), options, { cwd: folder, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, NO_COLOR: '1' } });
  const { stdout } = await ran.catch(({ stdout: said, stderr, message }) => assert.fail(said ? said.slice(-6_000) : `${message}\n${stderr}`));
  const [, made] = /(\d+) generated/.exec(stdout) ?? [];
  return Number(made);
}

describe('the Worker', { concurrency: true }, () => {
  test('serves its description, of every route', async () => {
    const answer = await fetch(`${stage.worker.url}/openapi.json`);
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'application/json']);
    const { openapi, paths } = await answer.json();
    assert.equal(openapi, '3.1.0');
    assert.ok(paths['/admin/api/orders'].post && paths['/api/orders/{id}'].get && paths['/notify/wechat'].post);
  });

  test('does what its description says, whatever the merchant’s systems send', { timeout: 120_000 }, async (t) => {
    const made = await run('^/admin/', KEY.key);
    t.diagnostic(`${made} requests`);
    assert.ok(made > 600, `${made} requests`);
  });

  test('does what its description says, whatever pages and strangers send', { timeout: 120_000 }, async (t) => {
    const made = await run('^/(api|notify|healthz)', order.token);
    t.diagnostic(`${made} requests`);
    assert.ok(made > 100, `${made} requests`);
  });

  test('is found out when an answer has a field that is not described', { timeout: 120_000 }, async () => {
    const without = ({ components }) => delete components.schemas.History.properties.lines;
    await assert.rejects(run('^/admin/api/orders/.id.$', KEY.key, without), /"lines" is not one of/);
  });
});
