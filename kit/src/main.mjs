// The commands of `npx wechatpay-edge`, and their help.

import { parseArgs } from 'node:util';

import { CODES } from './codes.mjs';
import { Mistake, inLines } from './mistake.mjs';
import { version } from './parts.mjs';

/** Each command has a module with `options`, `help`, and `run(values, positionals)`, which resolves to the code. */
const COMMANDS = {
  init: 'make a shop’s folder: settings, catalogue, pages, secrets',
  check: 'look before a deployment whether everything is as it must be',
  build: 'put together what is published (wrangler calls it by itself)',
  doctor: 'ask the deployed Worker whether it can sell',
  key: 'make a key for one of your systems',
  offer: 'sign an offer: a price for a page without a catalogue',
};

export async function main(args) {
  const [name, ...rest] = args;
  if (name === undefined || ['help', '--help', '-h'].includes(name)) {
    console.log(overview());
    return name === undefined ? CODES.wrong : CODES.well;
  }
  if (name === '--version' || name === '-v') {
    console.log(version());
    return CODES.well;
  }
  try {
    if (!Object.hasOwn(COMMANDS, name)) throw new Mistake(`There is no command ${name}.`, `One of ${Object.keys(COMMANDS).join(', ')}: npx wechatpay-edge --help`);
    const command = await import(`./${name}.mjs`);
    const { values, positionals } = parsed(name, command, rest);
    if (values.help) {
      console.log(command.help);
      return CODES.well;
    }
    return await command.run(values, positionals);
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    console.error(inLines(error).join('\n'));
    return CODES.wrong;
  }
}

function parsed(name, { options, positionals: most = 0 }, args) {
  try {
    const read = parseArgs({ args, options: { ...options, help: { type: 'boolean', short: 'h' } }, allowPositionals: true });
    if (read.positionals.length > most) throw new Error(`It does not take “${read.positionals[most]}”.`);
    return read;
  } catch (error) {
    throw new Mistake(error.message, `npx wechatpay-edge ${name} --help`);
  }
}

function overview() {
  const lines = Object.entries(COMMANDS).map(([name, what]) => `  ${name.padEnd(8)} ${what}`);
  return `wechatpay-edge ${version()}: WeChat Pay for a website without a server

npx wechatpay-edge COMMAND [OPTIONS]

${lines.join('\n')}

npx wechatpay-edge COMMAND --help explains a command. Secrets are typed at a prompt, or come from the environment or from
.dev.vars; no option takes one.`;
}
