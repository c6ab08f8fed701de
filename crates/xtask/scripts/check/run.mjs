// `cargo xtask check`. Secrets come from the environment, or from a file that is named; never from an argument.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs, parseEnv } from 'node:util';

import { parse } from 'smol-toml';

import { ROOT, check, inWords } from './check.mjs';

const { values } = parseArgs({
  options: {
    config: { type: 'string', default: join(ROOT, 'wrangler.toml') },
    secrets: { type: 'string' },
    cert: { type: 'string' },
    key: { type: 'string' },
    offline: { type: 'boolean', default: false },
    'send-test-event': { type: 'boolean', default: false },
  },
});
const text = (path) => readFile(path, 'utf8');
const { lines, isWell } = inWords(
  await check({
    root: ROOT,
    config: parse(await text(values.config)),
    secrets: { ...(values.secrets && parseEnv(await text(values.secrets))), ...process.env },
    certificate: values.cert && values.key && { cert: await text(values.cert), key: await text(values.key) },
    offline: values.offline,
    sendsEvent: values['send-test-event'],
  }),
);
console.log(lines.join('\n'));
process.exitCode = isWell ? 0 : 1;
