// docs/webhooks.md: what is sent is what it says, for every type; and each way of verifying that it shows believes what the
// Worker sends, and nothing else.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { Webhook } from 'standardwebhooks';

import { freePort } from '../support/free-port.mjs';
import { notification } from '../support/gateway/notification.mjs';
import { signed } from '../support/gateway/signature.mjs';
import { startSimulator } from '../support/gateway/simulator.mjs';
import { toXml } from '../support/gateway/xml.mjs';
import { fromEnvironment, ROOT } from '../support/project.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';
import { startReceiver, WEBHOOK_SECRET } from '../support/worker/webhook-receiver.mjs';
import { misfits, SCHEMA, TYPES } from '../support/worker/webhook-schema.mjs';

const run = promisify(execFile);
let folder, office, receiver, reference, stage;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wechatpay-edge-'));
  reference = await readFile(join(ROOT, 'docs', 'webhooks.md'), 'utf8');
  receiver = await startReceiver();
  const vars = { ...BACK_OFFICE.vars, WEBHOOK_URL: receiver.url, WEBHOOK_SECRET };
  const platform = { ...BACK_OFFICE.platform, r2Buckets: ['FILES'] };
  stage = await setStage({ start: startSimulator, vars, platform });
  office = new BackOffice(stage.worker);
});
after(async () => {
  await stage?.stop();
  await receiver?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** The event of this type that the receiver gets, of this order if one is named. */
const heard = (type, order) =>
  until(`${type} is heard`, () => {
    const found = receiver.received.find(({ event }) => event?.type === type && (!order || event.data.out_trade_no === order.id));
    if (!found) throw new Error(receiver.received.map(({ event, forged }) => event?.type ?? forged).join());
    return found;
  }, { withinMs: 30_000 });

const paid = async () => {
  const order = await stage.shop.placePayable();
  await stage.gateway.pay(order.view.code_url);
  await heard('order.paid', order);
  return order;
};

/** How each type comes about. */
const MADE = {
  'order.paid': paid,
  'order.failed': async () => {
    await stage.gateway.switch({ faults: [{ name: 'no-auth', call: 'unified-order' }] });
    await stage.shop.place();
    await heard('order.failed');
    await stage.gateway.switch({ faults: [] });
  },
  'order.delivered': async () => {
    const bucket = await stage.worker.miniflare.getR2Bucket('FILES');
    await bucket.put('book.pdf', 'the book');
    const lines = [{ sku: 'book', name: 'Book', quantity: 1, unit_amount: 4500, file: 'book.pdf' }];
    const { json } = await office.create({ amount_minor: 4500, currency: 'HKD', description: 'Book', lines }, 'a-book');
    const order = { id: json.order.id, token: json.token };
    await stage.gateway.pay((await stage.shop.becomes('awaiting_payment', order)).code_url);
    const { downloads } = await stage.shop.becomes('paid', order);
    assert.equal(await (await fetch(`${stage.shop.url}${downloads[0].url}`)).text(), 'the book');
  },
  'order.exception': async () => {
    const order = await paid();
    await stage.shop.notify(notification(stage.gateway.merchant, asPaidOrder(order.view)));
  },
  'refund.updated': async () => {
    const order = await paid();
    await office.refund(order.id, { out_refund_no: 'R-1', amount_minor: 800 });
  },
  'readiness.test': () => office.testReadiness(),
  'order.closed': async () => {
    const order = await stage.shop.placePayable();
    // Another system of the merchant closes it, and the Worker hears of it when it asks.
    const { appid, mchId, key, signType } = stage.gateway.merchant;
    await stage.gateway.switch({ 'early-close': 'allowed' });
    const close = signed({ appid, mch_id: mchId, nonce_str: 'N1', sign_type: signType, out_trade_no: order.id }, { key, signType });
    await fetch(`${stage.gateway.url}/pay/closeorder`, { method: 'POST', body: toXml(close) });
    await office.query(order.id);
  },
};

/** Of these the tests of the reconciliation hold what is sent to the schema. */
const OF_BOOKS = ['reconciliation.difference', 'reconciliation.failed'];

test('what is sent of each type is as its schema says, with no field that the schema does not name', async () => {
  for (const make of Object.values(MADE)) await make();
  for (const type of Object.keys(MADE)) await heard(type);
  assert.deepEqual([...Object.keys(MADE), ...OF_BOOKS].toSorted(), TYPES.toSorted());
  for (const { event } of receiver.received) assert.deepEqual(misfits(event), [], JSON.stringify(event));
});

test('each type has an example, which is as its schema says', () => {
  const examples = reference.split('\n').filter((line) => line.startsWith('{"type":')).map((line) => JSON.parse(line));
  assert.deepEqual(examples.map(({ type }) => type).toSorted(), TYPES.toSorted());
  for (const example of examples) assert.deepEqual(misfits(example), [], example.type);
  for (const type of TYPES) assert.ok(reference.includes(`\n### \`${type}\`\n`), type);
});

test('each field of an order is described, and each kind of exception and status of a refund has its place in the schema', () => {
  for (const field of Object.keys(SCHEMA.$defs.order.properties)) assert.match(reference, new RegExp(`^\\| [^|]*\`${field}\``, 'm'), field);
});

test('the schema refuses what is not so, and takes a field that is added later', () => {
  const [example] = reference.split('\n').filter((line) => line.startsWith('{"type":"order.paid"')).map((line) => JSON.parse(line));
  const later = { ...example, data: { ...example.data, later: 1 } };
  assert.deepEqual(misfits(later, { strict: false }), []);
  assert.notDeepEqual(misfits(later), []);
  for (const wrong of [{ amount: 88 }, { amount: { minor: 88.5, currency: 'HKD' } }, { transaction_id: undefined }, { state: 'closed' }, { sequence: '3' }]) {
    assert.notDeepEqual(misfits(JSON.parse(JSON.stringify({ ...example, data: { ...example.data, ...wrong } }))), [], JSON.stringify(wrong));
  }
});

/** The block of code in this language that has these words in it. */
function example(language, words) {
  const blocks = [...reference.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, block]) => block);
  const found = blocks.filter((block) => block.includes(words));
  assert.equal(found.length, 1, `one example in ${language} has “${words}” in it`);
  return found[0];
}

const pythonWith = (verify) => `${verify}
import json, sys
print(json.dumps([verify(each["headers"], each["body"], each["secret"]) for each in json.load(sys.stdin)]))
`;

/** A program that answers a list of \`{ headers, body, secret }\` with a list of booleans; or why it cannot run here. */
const VERIFIERS = {
  'the library for Node': async (all) => all.map(({ headers, body, secret }) => !thrown(() => new Webhook(secret).verify(body, headers))),
  'the library for Python': (all) => {
    const source = pythonWith('from standardwebhooks import Webhook\ndef verify(headers, body, secret):\n  try:\n    Webhook(secret).verify(body, headers)\n    return True\n  except Exception:\n    return False\n');
    return asked(fromEnvironment('SDK_PYTHON'), ['-c', source], all);
  },
  'the lines for Node': async (all) => {
    const { verify } = await import(`data:text/javascript,${encodeURIComponent(example('js', 'export function verify'))}`);
    return all.map(({ headers, body, secret }) => verify(headers, body, secret));
  },
  'the lines for Python': (all) => asked(fromEnvironment('SDK_PYTHON'), ['-c', pythonWith(example('python', 'def verify'))], all),
  'the lines for PHP': async (all) => {
    const file = join(folder, 'verify.php');
    const harness = 'echo json_encode(array_map(fn($each) => verify($each["headers"], $each["body"], $each["secret"]), json_decode(stream_get_contents(STDIN), true)));';
    await writeFile(file, `<?php\ndeclare(strict_types=1);\n${example('php', 'function verify')}\n${harness}\n`);
    return asked(process.env.PHP_BIN, [file], all);
  },
  'the lines for Go': async (all) => {
    const at = join(folder, 'go');
    await mkdir(join(at, 'webhook'), { recursive: true });
    await writeFile(join(at, 'go.mod'), 'module receiver\n\ngo 1.19\n');
    await writeFile(join(at, 'webhook', 'verify.go'), example('go', 'func Verify'));
    await writeFile(join(at, 'main.go'), GO);
    return asked(process.env.GO_BIN, ['run', '.'], all, { cwd: at });
  },
};
const NEEDS = { 'the lines for PHP': 'PHP_BIN', 'the lines for Go': 'GO_BIN' };

const GO = `package main

import (
	"encoding/json"
	"net/http"
	"os"
	"receiver/webhook"
)

func main() {
	var all []struct {
		Headers map[string]string
		Body    string
		Secret  string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&all); err != nil {
		panic(err)
	}
	found := []bool{}
	for _, each := range all {
		headers := http.Header{}
		for name, value := range each.Headers {
			headers.Set(name, value)
		}
		found = append(found, webhook.Verify(headers, each.Body, each.Secret))
	}
	json.NewEncoder(os.Stdout).Encode(found)
}
`;

function thrown(work) {
  try {
    work();
    return false;
  } catch {
    return true;
  }
}

/** What a program prints, as JSON, when it gets this on its standard input. */
async function asked(program, parameters, input, options = {}) {
  const process_ = spawn(program, parameters, { ...options, env: { ...process.env, GOFLAGS: '-mod=mod', GOCACHE: join(tmpdir(), 'wechatpay-edge-go-cache') }, stdio: ['pipe', 'pipe', 'pipe'] });
  process_.stdin.end(JSON.stringify(input));
  const [out, error] = await Promise.all([process_.stdout, process_.stderr].map(async (stream) => Buffer.concat(await Array.fromAsync(stream)).toString()));
  assert.ok(out.trim(), error);
  return JSON.parse(out);
}

describe('a webhook is believed by', () => {
  let cases;
  before(async () => {
    await office.testReadiness();
    const { headers: all, body } = await heard('readiness.test');
    const headers = Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith('webhook-')));
    const moved = (seconds) => {
      const at = new Date(Date.now() + seconds * 1000);
      const timestamp = String(Math.floor(at / 1000));
      return { ...headers, 'webhook-timestamp': timestamp, 'webhook-signature': new Webhook(WEBHOOK_SECRET).sign(headers['webhook-id'], at, body) };
    };
    const right = { headers, body, secret: WEBHOOK_SECRET };
    const another = `whsec_${Buffer.from('another secret of 24 bytes and more').toString('base64')}`;
    const both = `v1,${Buffer.from('of another secret').toString('base64')} ${headers['webhook-signature']}`;
    cases = [
      [right, true, 'as it came'],
      [{ ...right, headers: { ...headers, 'webhook-signature': both } }, true, 'with two signatures'],
      [{ ...right, headers: moved(-290) }, true, 'a little late'],
      [{ ...right, body: body.replace('readiness.test', 'order.paid') }, false, 'another body'],
      [{ ...right, body: `${body} ` }, false, 'a body with a blank'],
      [{ ...right, secret: another }, false, 'another secret'],
      [{ ...right, headers: { ...headers, 'webhook-id': 'another' } }, false, 'another id'],
      [{ ...right, headers: { ...headers, 'webhook-signature': headers['webhook-signature'].replace(/.{4}$/, 'AAA=') } }, false, 'another signature'],
      [{ ...right, headers: { ...headers, 'webhook-signature': '' } }, false, 'no signature'],
      [{ ...right, headers: moved(-310) }, false, 'too old'],
      [{ ...right, headers: moved(310) }, false, 'of the future'],
    ];
  });

  for (const [name, verify] of Object.entries(VERIFIERS)) {
    const skip = NEEDS[name] && !process.env[NEEDS[name]] && `${NEEDS[name]} names no program`;
    test(`${name}, as it came, and nothing else is`, { skip }, async () => {
      const found = await verify(cases.map(([each]) => each));
      for (const [at, [, expected, what]] of cases.entries()) assert.equal(found[at], expected, what);
    });
  }
});

test('the receiver that the page shows takes what is genuine and refuses the rest', async () => {
  await writeFile(join(folder, 'verify.mjs'), example('js', 'export function verify'));
  await writeFile(join(folder, 'receiver.mjs'), example('js', '// receiver.mjs'));
  const PORT = String(await freePort());
  const process_ = spawn(process.execPath, [join(folder, 'receiver.mjs')], { env: { ...process.env, PORT, WEBHOOK_SECRET }, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  process_.stdout.on('data', (text) => (said += text));
  try {
    const { headers, body } = await heard('order.paid');
    const fresh = new Date();
    const sent = { 'webhook-id': headers['webhook-id'], 'webhook-timestamp': String(Math.floor(fresh / 1000)), 'webhook-signature': new Webhook(WEBHOOK_SECRET).sign(headers['webhook-id'], fresh, body) };
    const post = (text) => fetch(`http://127.0.0.1:${PORT}/`, { method: 'POST', headers: sent, body: text });
    const first = await until('it listens', () => post(body).catch(() => undefined));
    assert.equal(first.status, 204);
    assert.equal((await post(`${body} `)).status, 401);
    await until('it says what it got', () => /order\.paid\n[^]*not genuine/.test(said));
  } finally {
    process_.kill();
  }
});

test('a secret for the demo, made as the page says, is one that the Worker takes', async () => {
  const [, command] = /`echo (whsec_\$\(openssl rand -base64 32\))`/.exec(reference);
  const { stdout } = await run('sh', ['-c', `echo ${command}`]);
  const other = await setStage({ vars: { WEBHOOK_URL: receiver.url, WEBHOOK_SECRET: stdout.trim() } });
  try {
    assert.equal((await fetch(`${other.worker.url}/healthz`)).status, 200, other.worker.log.join('\n'));
  } finally {
    await other.stop();
  }
});
