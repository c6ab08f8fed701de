// `wrangler dev` in a shop's folder, in front of the simulator.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { freePort } from '../free-port.mjs';
import { until } from '../until.mjs';
import { surroundings } from './shop-folder.mjs';

/** Starts it: `{ url, log, stop }`. Its orders are kept in the folder, over restarts. `port` is a fixed port. */
export async function startDev(folder, gateway, { port } = {}) {
  const own = port ?? (await freePort());
  const url = `http://127.0.0.1:${own}`;
  const { appid, mchId, signType } = gateway.merchant;
  const vars = { WECHAT_APPID: appid, WECHAT_MCH_ID: mchId, WECHAT_SIGN_TYPE: signType, WECHAT_GATEWAY: gateway.url, NOTIFY_BASE_URL: url, DEMO_PHONE_URL: gateway.phoneUrl };
  const args = ['dev', '--local', '--ip', '127.0.0.1', '--port', String(own), '--inspector-port', '0', '--show-interactive-dev-session', 'false', '--persist-to', join(folder, 'state')];
  for (const [name, value] of Object.entries(vars)) args.push('--var', `${name}:${value}`);
  // With everything that it starts it is one group of processes, which is ended as one.
  const running = spawn(process.execPath, [join(folder, 'node_modules', 'wrangler', 'bin', 'wrangler.js'), ...args], { cwd: folder, env: surroundings(), stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const log = [];
  for (const stream of [running.stdout, running.stderr]) stream.setEncoding('utf8').on('data', (text) => log.push(text));
  const ended = once(running, 'exit');
  const stop = async () => {
    if (running.exitCode === null && running.signalCode === null) {
      process.kill(-running.pid, 'SIGTERM');
      const isGone = await Promise.race([ended.then(() => true), new Promise((late) => setTimeout(late, 10_000).unref())]);
      if (!isGone) process.kill(-running.pid, 'SIGKILL');
      await ended;
    }
  };
  try {
    await until('`wrangler dev` answers', async () => {
      if (running.exitCode !== null) return true;
      const { status } = await fetch(`${url}/healthz`);
      if (status !== 200) throw new Error(`HTTP ${status}`);
      return true;
    }, { withinMs: 60_000, everyMs: 200 });
    if (running.exitCode !== null) throw new Error('it ended');
  } catch (error) {
    await stop();
    throw new Error(`wrangler dev did not start:\n${log.join('')}`, { cause: error });
  }
  return { url, port: own, log, stop };
}
