// Bounded load over HTTP on this machine: so many connections, each of which sends its next request when the last one has
// been answered.

import { Client } from 'undici';

import { cpuNs, cpuTicksNs, quiet } from './process.mjs';

const MOST_MS = 60_000;
const ANSWER_LIMIT_MS = 15_000;

/**
 * `request(at)` is what undici dispatches, `check(status, text)` returns true or what is wrong. Resolves to `{ done, errors,
 * reasons, latencies }`, in milliseconds.
 */
export async function load({ port, count, request, check, connections = 8 }) {
  const clients = Array.from({ length: Math.min(connections, count) }, () => client(port));
  const result = { done: 0, errors: 0, reasons: new Map(), latencies: new Float64Array(count) };
  const giveUpAt = performance.now() + MOST_MS;
  let next = 0;
  await Promise.all(
    clients.map(async (connection) => {
      while (next < count && performance.now() < giveUpAt) {
        const at = next;
        next += 1;
        const began = performance.now();
        const answer = await exchange(connection, request(at));
        result.latencies[result.done] = performance.now() - began;
        result.done += 1;
        const verdict = answer.error ?? verdictOn(answer, check);
        if (verdict !== true) wrong(result, String(verdict));
      }
    }),
  );
  await Promise.all(clients.map((connection) => connection.close()));
  if (result.done < count) wrong(result, `only ${result.done} of ${count} requests in ${MOST_MS / 1000} s`);
  return { ...result, latencies: result.latencies.subarray(0, result.done) };
}

/** The same, with the processor time that the server has used for it, until it rests again. */
export async function measured(server, work) {
  await quiet(server.pid);
  const [ns, ticksNs] = [cpuNs(server.pid), cpuTicksNs(server.pid)];
  const result = await load({ port: server.port, ...work });
  await quiet(server.pid);
  return { ...result, ns: cpuNs(server.pid) - ns, ticksNs: cpuTicksNs(server.pid) - ticksNs };
}

function client(port) {
  return new Client(`http://127.0.0.1:${port}`, {
    pipelining: 1,
    keepAliveTimeout: 60_000,
    headersTimeout: ANSWER_LIMIT_MS,
    bodyTimeout: ANSWER_LIMIT_MS,
  });
}

/** Dispatched by hand: the load costs the machine less than by `fetch`. */
function exchange(connection, request) {
  return new Promise((answered) => {
    const parts = [];
    let code = 0;
    connection.dispatch(request, {
      onRequestStart() {},
      onResponseStart(_, status) {
        code = status;
      },
      onResponseData(_, part) {
        parts.push(part);
      },
      onResponseEnd() {
        answered({ status: code, body: parts.length === 1 ? parts[0] : Buffer.concat(parts) });
      },
      onResponseError(_, error) {
        answered({ error: `${error.code ?? error.name}: ${error.message}` });
      },
    });
  });
}

function verdictOn({ status, body }, check) {
  const text = body.toString();
  try {
    return check(status, text) || `${status} ${text.slice(0, 100)}`;
  } catch (error) {
    return error.message;
  }
}

function wrong(result, reason) {
  result.errors += 1;
  const short = reason.slice(0, 200);
  result.reasons.set(short, (result.reasons.get(short) ?? 0) + 1);
}
