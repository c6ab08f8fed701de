// The simulator, started as a person starts it, with only its own arguments.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { fromEnvironment } from '../support/project.mjs';

/** The first of the five merchants that come with it. */
export const TEA_HOUSE = {
  appid: 'wx5c1f9e2a7d3b6048',
  mchId: '1634117205',
  key: 'SIMULATORkeyOfTheTeaHouse0123456',
};

/** Starts it on a free port. */
export async function startProgram(args = [], environment = {}) {
  const child = spawn(fromEnvironment('SIMULATOR_BIN'), ['--listen', '127.0.0.1:0', ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const program = { child, output: [], url: '', stop, control, json };
  child.stderr.setEncoding('utf8').on('data', (text) => program.output.push(text));
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => program.output.push(line));
  await Promise.race([once(lines, 'line'), once(child, 'exit')]);
  program.url = /^listening on (http:\/\/127\.0\.0\.1:\d+)$/.exec(program.output[0])?.[1];
  if (!program.url) throw new Error(`it did not start: ${program.output.join('\n')}`);

  /** Presses Ctrl-C. Resolves to the exit code. */
  async function stop() {
    if (child.exitCode === null) {
      child.kill('SIGINT');
      await once(child, 'exit');
    }
    return child.exitCode;
  }

  async function json(method, path, body) {
    const response = await fetch(`${program.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text && JSON.parse(text) };
  }

  /** One request to the control interface, which must succeed. */
  async function control(method, what, body) {
    const answer = await json(method, `/control/${what}`, body);
    if (answer.status >= 400) throw new Error(`${method} /control/${what}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** The shopper pays a code on the phone. */
  program.pay = async (codeUrl) => {
    const answer = await json('POST', '/phone/pay', { code_url: codeUrl });
    if (answer.body.result !== 'paid') throw new Error(JSON.stringify(answer.body));
    return answer.body;
  };
  return program;
}

/** Runs the simulator to its end, for tests of mistakes on the command line. */
export async function runProgram(args, environment = {}) {
  const child = spawn(fromEnvironment('SIMULATOR_BIN'), args, { env: { ...process.env, ...environment } });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (piece) => (text += piece));
  const [code] = await once(child, 'close');
  return { code, text };
}
