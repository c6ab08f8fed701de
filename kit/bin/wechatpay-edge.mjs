#!/usr/bin/env node
// `npx wechatpay-edge`. Nothing is imported before the version of Node is known: an older Node would stop at the first
// line that it cannot read, with words that help nobody.

const OLDEST = [22, 12];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) {
  const { main } = await import('../src/main.mjs');
  process.exitCode = await main(process.argv.slice(2));
} else {
  console.error(`wechatpay-edge needs Node.js ${OLDEST.join('.')} or newer, as wrangler does. This is Node.js ${process.versions.node}.`);
  console.error('→ Install a newer one from https://nodejs.org, and run the command again.');
  process.exitCode = 2;
}
