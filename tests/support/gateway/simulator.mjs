// The simulator of this project as a separate process, with the same interface as gateway.mjs.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { fromEnvironment } from '../project.mjs';
import { aMerchant } from './merchant.mjs';

/**
 * Starts it on two free ports, the second with TLS; ready when it has printed its addresses. `tls` has the address of the
 * second, and what a caller needs there: the merchant's `certificate` with its `key`, and the `authority`.
 */
export async function startSimulator({ merchant = aMerchant(), args = [] } = {}) {
  const own = [
    '--appid', merchant.appid,
    '--mch-id', merchant.mchId,
    '--sign-type', merchant.signType,
    '--fee-type', merchant.feeType,
  ];
  return new Simulator({ merchant, ...(await run([...own, ...args], { SIMULATOR_API_KEY: merchant.key })) });
}

/** Starts it with the merchants that come with it. [`Simulator.as`] is the gateway of one of them (see accounts.mjs). */
export async function startSimulatorOfAll() {
  return new Simulator(await run([]));
}

async function run(args, environment) {
  const folder = await mkdtemp(join(tmpdir(), 'wechatpay-certificates-'));
  const process_ = spawn(
    fromEnvironment('SIMULATOR_BIN'),
    ['--listen', '127.0.0.1:0', '--tls-listen', '127.0.0.1:0', '--certificates', folder, ...args],
    { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const log = [];
  process_.stderr.setEncoding('utf8').on('data', (text) => log.push(text));
  const lines = createInterface({ input: process_.stdout });
  const said = [];
  const both = new Promise((resolve) => lines.on('line', (line) => void (said.push(line) === 2 && resolve(said))));
  const first = await Promise.race([
    both,
    once(process_, 'exit').then(() => [`it exited:\n${log.join('')}`]),
    once(process_, 'error').then(([error]) => [`it did not start: ${error.message}`]),
  ]);
  const address = /^listening on (http:\/\/127\.0\.0\.1:\d+)\nlistening on https:\/\/(127\.0\.0\.1:\d+) /.exec(first.join('\n'));
  if (!address) throw new Error(`the simulator did not say where it listens, but: ${first.join('\n')}`);
  lines.on('line', (line) => log.push(line));
  const [certificate, key, authority] = await Promise.all(
    ['apiclient_cert.pem', 'apiclient_key.pem', 'rootca.pem'].map((name) => readFile(join(folder, name), 'utf8')),
  );
  await rm(folder, { recursive: true, force: true });
  return { url: address[1], process: process_, log, tls: { address: address[2], certificate, key, authority } };
}

class Simulator {
  name = 'the simulator';

  constructor(running) {
    Object.assign(this, running, { phoneUrl: `${running.url}/phone` });
  }

  /** The gateway that a Worker of this account needs, one of accounts.mjs. `more` are settings of it. */
  async as({ merchant, settings }, more = {}) {
    const { url, phoneUrl, tls } = this;
    return { url, phoneUrl, tls, merchant, settings: { ...settings(await this.keysOf(merchant.mchId)), ...more } };
  }

  /** The key files of a merchant for API v3, as the merchant platform has them. */
  async keysOf(mchId) {
    return (await this.#control('GET', 'v3/keys')).find(({ mchid }) => mchid === mchId);
  }

  /** Moves the change of the platform certificate to this step. */
  async rotate(to) {
    await this.#control('POST', 'v3/rotation', { to });
  }

  /** All notifications with their deliveries. */
  async notificationsSent() {
    return this.#control('GET', 'notifications');
  }

  /** What it knows of an order. */
  async order(outTradeNo) {
    return { payments: [], refunds: [], ...(await this.#control('GET', `orders/${outTradeNo}`)) };
  }

  async stop() {
    if (this.process.exitCode === null) {
      this.process.kill('SIGTERM');
      await once(this.process, 'exit');
    }
    if (this.merchant && this.log.join('\n').includes(this.merchant.key)) throw new Error('the simulator’s log has the merchant’s key');
  }

  /** Whether payments are notified. Without notifications only a query tells of a payment. */
  async notifications(on) {
    await this.#control('PUT', 'faults', { notifications: on ? 'on' : 'off' });
  }

  /** All orders it knows. */
  async orders() {
    return this.#control('GET', 'orders');
  }

  /** The order numbers of all unified orders received, repetitions included. */
  async orderNumbersSeen() {
    return (await this.exchanges('unified-order')).map(({ out_trade_no }) => out_trade_no);
  }

  /** How many queries of this order are over. */
  async queriesOf(outTradeNo) {
    return (await this.exchanges('query-order')).filter(({ out_trade_no }) => out_trade_no === outTradeNo).length;
  }

  /** Replaces switches and faults, by their names in SWITCHES.md. */
  async switch(switches) {
    await this.#control('PUT', 'faults', switches);
  }

  /** A refund by hand, as in WeChat's merchant platform: `{ out_trade_no, refund_fee, notify }`. */
  async refundByHand(refund) {
    return this.#control('POST', 'refund', refund);
  }

  /** Moves the simulator's clock forward, so that codes expire. */
  async advance(ms) {
    await this.#control('POST', 'clock', { 'advance-ms': ms });
  }

  /** The shopper pays, through the route behind the phone page's button. */
  async pay(codeUrl) {
    const answer = await this.#post('/phone/pay', { code_url: codeUrl });
    if (answer.result !== 'paid') throw new Error(`the phone says: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** What was exchanged, the newest of it, in all calls or in this one. */
  async exchanges(call) {
    return (await this.#control('GET', 'exchanges')).filter((exchange) => call === undefined || exchange.call === call);
  }

  async #post(path, body) {
    const answer = await fetch(`${this.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return answer.json();
  }

  async #control(method, what, body) {
    const answer = await fetch(`${this.url}/control/${what}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} /control/${what}: ${answer.status} ${await answer.text()}`);
    const text = await answer.text();
    return text === '' ? undefined : JSON.parse(text);
  }
}
