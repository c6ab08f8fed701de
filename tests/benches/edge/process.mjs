// What the kernel says of a process: the time that it has had on the processors, and its children. Linux only.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** So much in `LOOK_MS` counts as quiet. */
const QUIET_NS = 200_000;
const LOOK_MS = 10;
/** So many quiet looks in a row. */
const QUIET_LOOKS = 3;
const MOST_LOOKS = 500;

export function checkMachine() {
  if (!existsSync('/proc/self/schedstat')) throw new Error('this bench reads /proc/<pid>/schedstat, which only Linux has');
}

/** Nanoseconds on the processors, of all threads that live. A thread that has ended takes its time with it. */
export function cpuNs(pid) {
  let sum = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      sum += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]);
    } catch {
      // It has ended since the folder was read.
    }
  }
  return sum;
}

/** The same of the whole process, in steps of 10 ms: by it one sees whether threads have ended. */
export function cpuTicksNs(pid) {
  const [user, system] = statOf(pid).fields.slice(11, 13).map(Number);
  return (user + system) * 10_000_000;
}

/** The processes that this one has started, by name. */
export function children(name) {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        const stat = statOf(pid);
        return stat.name === name && Number(stat.fields[1]) === process.pid;
      } catch {
        return false; // ended
      }
    })
    .map(Number);
}

/** Waits until the process rests: what it does after its last answer belongs to that answer. */
export async function quiet(pid) {
  let before = cpuNs(pid);
  let looks = 0;
  for (let all = 0; looks < QUIET_LOOKS && all < MOST_LOOKS; all += 1) {
    await sleep(LOOK_MS);
    const now = cpuNs(pid);
    looks = now - before < QUIET_NS ? looks + 1 : 0;
    before = now;
  }
}

/** The name may have spaces and parentheses; the fields after it have none. */
function statOf(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const end = text.lastIndexOf(')');
  return { name: text.slice(text.indexOf('(') + 1, end), fields: text.slice(end + 2).split(' ') };
}
