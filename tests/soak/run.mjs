// `cargo xtask soak`: orders under each fault in turn, and a table. Fails when the books differ.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { FAULTS } from './faults.mjs';
import { memoryOfOrders } from './memory.mjs';
import { soak } from './soak.mjs';
import { table } from './table.mjs';

const HELP = `cargo xtask soak -- [options]
  --only a,b      these faults: ${FAULTS.map(({ name }) => name).join(', ')}
  --orders N      orders under each fault (1000)
  --sockets N     of them with an open socket (100)
  --seed N        where chance begins (1)
  --speed N       how much faster the clocks go (60)
  --memory        no load: what a live order takes of the memory, in three runs
  --keep FILE     writes the rows of the faults that are over into this file; what is in it already is not run again
The orders are files, and each is written to the disk at once: TMPDIR=/dev/shm makes it ten times quicker.`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    orders: { type: 'string', default: '1000' },
    sockets: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    speed: { type: 'string', default: '60' },
    keep: { type: 'string' },
    memory: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});

const chosen = values.only?.split(',') ?? FAULTS.map(({ name }) => name);
const unknown = chosen.filter((name) => !FAULTS.some((fault) => fault.name === name));
if (values.help || unknown.length > 0) {
  console.log(unknown.length > 0 ? `there is no fault ${unknown.join(', ')}\n${HELP}` : HELP);
  process.exit(unknown.length > 0 ? 1 : 0);
}

if (values.memory) {
  await memoryOfOrders(console.log);
  process.exit(0);
}

const [orders, sockets, seed, speed] = ['orders', 'sockets', 'seed', 'speed'].map((name) => Number(values[name]));
const rows = values.keep && existsSync(values.keep) ? JSON.parse(readFileSync(values.keep, 'utf8')) : [];
// A run that is stopped tells what it has.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    console.log(`\n${table(rows)}`);
    process.exit(1);
  });
}
const isOver = (name) => rows.some(({ fault }) => fault === name);
for (const fault of FAULTS.filter(({ name }) => chosen.includes(name) && !isOver(name))) {
  console.log(`\n${fault.name}: ${fault.what}`);
  const row = await soak(fault, { orders, sockets, seed, speed, tell: console.log });
  rows.push(row);
  if (values.keep) writeFileSync(values.keep, JSON.stringify(rows, null, 1));
  console.log(table([row]));
  console.log(`the books: ${JSON.stringify(row.totals)}`);
  for (const sentence of [...row.lost, ...row.doubled, ...row.wrong].slice(0, 20)) console.log(`WRONG: ${sentence}`);
}
console.log(`\n${table(rows)}`);
process.exit(rows.every(({ lost, doubled, wrong, recovery }) => recovery.isWhole && [lost, doubled, wrong].every((list) => list.length === 0)) ? 0 : 1);
