// Runs one program until it ends or its time is over.

import { spawn } from 'node:child_process';

/** `{ ended: 0 … | 'late', text }`. The text has both outputs. */
export function run(program, args, { cwd, env, withinMs }) {
  return new Promise((resolve) => {
    // Its own process group, so that everything it started ends with it.
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const pieces = [];
    let late = false;
    const clock = setTimeout(() => {
      late = true;
      killGroup(child.pid);
    }, withinMs);
    child.stdout.on('data', (piece) => pieces.push(piece));
    child.stderr.on('data', (piece) => pieces.push(piece));
    const end = (ended) => {
      clearTimeout(clock);
      killGroup(child.pid);
      resolve({ ended: late ? 'late' : ended, text: Buffer.concat(pieces).toString() });
    };
    child.on('error', (error) => {
      pieces.push(Buffer.from(`${program}: ${error.message}`));
      end(-1);
    });
    child.on('exit', (code) => setTimeout(() => end(code ?? -1), 50));
  });
}

function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The program has already ended.
  }
}
