// Sends bytes on a plain connection and reads the answer, with as little opinion as can be: no library refuses to send what
// is wrong.

import { connect } from 'node:net';

/** The longest that an answer may take, while others are answered. */
export const ANSWER_LIMIT_MS = 10_000;
/** The longest that a machine may stand still. */
const STANDSTILL_LIMIT_MS = 60_000;

/** How long a WebSocket is waited for after it was ended. */
const GOODBYE_MS = 200;

/** A connection that is used again and again. */
export class Lane {
  #port;
  #socket;

  constructor(port) {
    this.#port = port;
  }

  /**
   * Resolves to `{ status, headers, text }`, to `{ closed }` when the connection ended without an answer, or to `{ hung }`.
   * `alone` uses a connection of its own and ends it after the bytes. `frames` are sent once the answer is 101; then
   * `status` is 101. A request whose time is over is waited for a little longer while `standsStill()` says that nothing else
   * was answered either.
   */
  async send(bytes, { method = 'GET', alone = false, frames, standsStill = () => false } = {}) {
    if (alone) {
      const own = this.#connection();
      const answer = await converse(own, bytes, { method, frames, standsStill, ends: frames === undefined });
      own.destroy();
      return answer;
    }
    const isUsed = this.#socket !== undefined;
    this.#socket ??= this.#connection();
    const answer = await converse(this.#socket, bytes, { method, standsStill });
    if (!answer.isKept) this.close();
    // The last answer closed it while this request was on its way.
    if (answer.closed && isUsed) return this.send(bytes, { method, standsStill });
    return answer;
  }

  /** A connection that breaks is also closed, and only that is of interest. Workerd closes one that rests, too. */
  #connection() {
    const socket = connect(this.#port, '127.0.0.1').setNoDelay(true).on('error', () => {});
    socket.once('close', () => socket === this.#socket && (this.#socket = undefined));
    return socket;
  }

  close() {
    this.#socket?.destroy();
    this.#socket = undefined;
  }
}

function converse(socket, bytes, { method, frames, standsStill, ends = false }) {
  return new Promise((resolve) => {
    const end = Date.now() + STANDSTILL_LIMIT_MS;
    let received = Buffer.alloc(0);
    let switched;
    const done = (answer) => {
      clearTimeout(timer);
      socket.off('data', onData).off('close', onClose);
      if (!answer.isKept) socket.destroy();
      resolve(answer);
    };
    const tooLate = () => {
      if (standsStill() && Date.now() < end) timer = setTimeout(tooLate, ANSWER_LIMIT_MS / 10);
      else done({ ...switched, hung: true, received: received.length });
    };
    let timer = setTimeout(tooLate, ANSWER_LIMIT_MS);
    const onData = (data) => {
      if (switched) return;
      received = received.length === 0 ? data : Buffer.concat([received, data]);
      const answer = parsed(received, method);
      if (answer === undefined) return;
      if (answer.status !== 101) return done(answer);
      switched = { status: 101, headers: answer.headers, text: '' };
      for (const frame of frames ?? []) socket.write(frame);
      socket.end();
      // After a frame that is not allowed workerd waits for the other side's goodbye for as long as the connection lives.
      setTimeout(() => done({ ...switched, closed: true }), GOODBYE_MS);
    };
    const onClose = () => {
      if (switched) return done({ ...switched, closed: true });
      done(parsed(received, method, { isOver: true }) ?? { closed: true });
    };
    socket.on('data', onData).on('close', onClose);
    if (ends) socket.end(bytes);
    else socket.write(bytes);
  });
}

/** The answer, when all of it is there. An answer without a length ends with the connection. */
function parsed(received, method, { isOver = false } = {}) {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first, ...lines] = received.subarray(0, end).toString('latin1').split('\r\n');
  const status = Number(first.split(' ')[1]);
  const rest = received.subarray(end + 4);
  if (status === 100) return parsed(rest, method, { isOver });
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  const isKept = !isOver && !/close/i.test(headers.get('connection') ?? '');
  const whole = (body, keep = isKept) => ({ status, headers, text: body.toString(), isKept: keep });
  if (status === 101 || status === 204 || status === 304 || method === 'HEAD') return whole(Buffer.alloc(0));
  if (headers.has('content-length')) {
    const length = Number(headers.get('content-length'));
    return rest.length >= length ? whole(rest.subarray(0, length), isKept && rest.length === length) : undefined;
  }
  if (/chunked/.test(headers.get('transfer-encoding') ?? '')) return fromChunks(rest, whole);
  return isOver ? whole(rest) : undefined;
}

function fromChunks(rest, whole) {
  const pieces = [];
  for (let at = 0; ; ) {
    const line = rest.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const length = Number.parseInt(rest.subarray(at, line).toString('latin1'), 16);
    const end = line + 2 + length + 2;
    if (!(length >= 0) || rest.length < end) return undefined;
    if (length === 0) return whole(Buffer.concat(pieces));
    pieces.push(rest.subarray(line + 2, end - 2));
    at = end;
  }
}
