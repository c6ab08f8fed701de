// Starts the world outside of a Worker (outside-program.mjs) in a process of its own, so that its work is not counted.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('outside-program.mjs', import.meta.url));

/** `trusts` is for the floor, which signs nothing. */
export async function startOutside({ merchant, latencyMs, trusts = false }) {
  const child = fork(PROGRAM, [JSON.stringify({ merchant, latencyMs, trusts })]);
  const [{ port }] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the gateway ended with ${code}`))),
  ]);
  return {
    port,
    /** `{ queries, told, wrong }`: how many queries came, the numbers of the orders of which the merchant heard, complaints. */
    async seen() {
      child.send('seen');
      const [seen] = await once(child, 'message');
      return seen;
    },
    async stop() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}
