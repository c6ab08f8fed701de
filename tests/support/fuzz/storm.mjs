// The storm: so many requests of the grammar against a Worker in workerd that has real orders, and what must hold meanwhile
// and afterwards.

import { setTimeout as pause } from 'node:timers/promises';

import { ANSWER_LIMIT_MS, Lane } from './exchange.mjs';
import { requestAt } from './grammar.mjs';
import { isAlone, rendered, smaller, told } from './request.mjs';

/** How many requests are on their way at a time. */
const LANES = 12;
/** So many other answers within the time limit of one show that the machine does not stand still. */
const STANDSTILL_ANSWERS = 100;
/** So many smaller requests are tried when one has shown a fault. */
const MOST_TRIES = 400;

/** How long a process may take to die. */
const DYING_MS = 1_000;

/** A line of the log comes a little later than the answer. */
const LOG_LAG_MS = 30;

/** Words of the log that no request may cause. */
const BAD_WORDS = /trap|panic|RuntimeError|unreachable|uncaught|never generate a response|exceeded|out of memory|failed here/i;

/**
 * What workerd itself says of what is not HTTP, in an answer and in the log. The Worker never sees such a request, and
 * Cloudflare's own servers let none through.
 */
const BY_PLATFORM = { answer: /^(ERROR: |Internal Server Error$)/, line: /^error Uncaught exception: kj\// };

const byPlatform = ({ isMalformed }, { text }) => isMalformed && BY_PLATFORM.answer.test(text ?? '');

/** What is wrong with this answer, or nothing. */
export function fault(request, answer, others) {
  if (answer.hung) return `no answer in ${ANSWER_LIMIT_MS / 1000} s, in which ${others} others were answered`;
  if (answer.status === 101) return request.frames ? undefined : 'a switch that nobody asked for';
  if (answer.closed) return isAlone(request) ? undefined : 'the connection ended without an answer';
  if (!(answer.status >= 200 && answer.status < 500) && !byPlatform(request, answer)) return `${answer.status} ${answer.text.slice(0, 200)}`;
  return undefined;
}

/**
 * Sends the requests of `seed` from number `from`, `count` of them. `log` is the Worker's; it is emptied. Throws with the
 * seed and the smallest request when something is wrong, and a [`Died`] when `isAlive()` says that workerd itself has died.
 * Resolves to `{ statuses, kinds }`, how many there were of each.
 */
export async function storm({ seed, from = 0, count, world, port, log, lanes = LANES, only, isAlive = () => true }) {
  const statuses = new Map();
  const kinds = new Map();
  const recent = [];
  let next = from;
  let answered = 0;
  let failed;
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      const lane = new Lane(port);
      while (next < from + count && !failed) {
        const request = requestAt(seed, next++, world, only);
        recent.push(request);
        if (recent.length > 4 * lanes) recent.shift();
        const before = answered;
        const answer = await sent(lane, request, () => answered - before < STANDSTILL_ANSWERS);
        answered += 1;
        counted(statuses, byPlatform(request, answer) ? 'refused by workerd' : (answer.status ?? 'closed'));
        counted(kinds, request.kind);
        const wrong = fault(request, answer, answered - before) ?? inLog(log);
        if (wrong) failed ??= { wrong, request };
      }
      lane.close();
    }),
  );
  if (failed && !(await lives(isAlive))) throw new Died(next, log);
  if (failed) throw new Error(await explained(failed, { seed, recent, port, log }));
  return { statuses, kinds };
}

/** workerd itself has died. `next` is the request that the storm goes on with. */
export class Died extends Error {
  constructor(next, log) {
    super(`workerd has died before request ${next}: ${log.slice(-5).join(' | ').slice(0, 2_000)}`);
    this.next = next;
  }
}

/** A process that dies ends its connections first. */
async function lives(isAlive) {
  await pause(DYING_MS);
  return isAlive();
}

function sent(lane, request, standsStill) {
  return lane.send(rendered(request), { method: request.method, alone: isAlone(request), frames: request.frames, standsStill });
}

function counted(map, name) {
  map.set(name, (map.get(name) ?? 0) + 1);
}

/** A bad line of the log, if there is one. The lines that were looked at are dropped. */
function inLog(log) {
  const bad = log.splice(0).find((line) => BAD_WORDS.test(line) && !BY_PLATFORM.line.test(line));
  return bad && `the log says: ${bad.slice(0, 600)}`;
}

/** The message of a failure, with the smallest request that shows the like of it. */
async function explained({ wrong, request }, { seed, recent, port, log }) {
  const shows = async (each) => {
    const lane = new Lane(port);
    log.length = 0;
    const answer = await sent(lane, each);
    lane.close();
    await pause(LOG_LAG_MS);
    return fault(each, answer) ?? inLog(log);
  };
  // A line of the log may be of another request than that after which it was seen.
  let smallest;
  for (const each of [request, ...recent.toReversed()]) {
    if (await shows(each)) {
      smallest = each;
      break;
    }
  }
  if (!smallest) return `seed ${seed}: ${wrong}\n  seen once, and not when it was sent again: ${told(request)}`;
  for (let tries = 0, again = true; again && tries < MOST_TRIES; ) {
    again = false;
    for (const each of smaller(smallest)) {
      if ((tries += 1) >= MOST_TRIES) break;
      if (rendered(each).length < rendered(smallest).length && (await shows(each))) {
        [smallest, again] = [each, true];
        break;
      }
    }
  }
  return `seed ${seed}: ${wrong}\n  the smallest request that shows it: ${told(smallest)}`;
}
