// What is published, made as `wrangler` would make it: by the [build] command of the shop, which may call a site generator
// first.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { Mistake } from './mistake.mjs';

/** As whom the command is called; then `build` makes the folder and leaves the checks to the caller. */
export const CALLER = 'wechatpay-edge check';

/** Runs the command in the shop's folder. What it says is shown only if it fails. */
export async function publish({ folder, config }) {
  const command = config.build?.command;
  if (!command) throw new Mistake('wrangler.toml has no [build] command, so nothing is published.', 'Put it back: [build] command = "npx wechatpay-edge build"');
  const running = spawn(command, { cwd: config.build.cwd ?? folder, shell: true, env: { ...process.env, WRANGLER_COMMAND: CALLER }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [running.stdout, running.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
  const [code] = await once(running, 'close');
  if (code !== 0) throw new Mistake(`The [build] command failed: ${command}\n${said.trim()}`, 'Mend it, and run this command again.');
}
