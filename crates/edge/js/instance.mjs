// Which instance of the wasm is alive, and what happens to its calls when it traps.
//
// A trapped instance must not be called again: its memory is half changed, its stack pointer is wrong, and its executor
// never runs another task, so none of its promises ever settles. All running calls are given up at once, the calls of
// other orders too, and a new instance replaces the old one. No order is lost: an order lives in its storage, and a
// call to the gateway that was in flight is repeated or resolved by a query, as after a restart.

/** A call that ended with its instance. */
export class Lost extends Error {}

/** For each running call, the function that gives it up. */
const running = new Set();
/** The number of the newest instance. */
let number = 0;
/** Whether the instance has trapped and is not replaced yet. */
let fallen = false;
/** Whether the error of the last trap is in the log. */
let told = true;
/** Replaces the instance by a new one. */
let renew;

/** Sets how an instance is replaced. The first instance exists already. */
export function replaceBy(renewing) {
  renew = renewing;
}

/** The number of the living instance. An object of another instance must be made again. */
export function instanceNumber() {
  return number;
}

/** Calls into the wasm. Rejects with `Lost` when the instance traps before the call has ended. */
export async function within(call) {
  if (fallen) replace();
  const began = number;
  let giveUp;
  const givenUp = new Promise((_, reject) => (giveUp = reject));
  running.add(giveUp);
  try {
    return await Promise.race([call(), givenUp]);
  } catch (error) {
    notice(error);
    throw fallen || number !== began ? new Lost('the Worker has trapped', { cause: error }) : error;
  } finally {
    running.delete(giveUp);
  }
}

/**
 * The wasm's own glue calls this when an error leaves the wasm. Frames of the old instance may still be on the stack, so
 * the instance is replaced when they are gone. Until then the glue refuses every call.
 */
export function trapped() {
  if (fallen) return;
  fallen = true;
  told = false;
  queueMicrotask(replace);
}

function replace() {
  if (!fallen) return;
  try {
    renew();
    number += 1;
    fallen = false;
  } catch (error) {
    // The next call tries again.
    console.error(`the wasm could not be started again: ${error.stack}`);
  }
  for (const giveUp of running) giveUp(new Lost('the Worker has trapped'));
  running.clear();
}

/**
 * Logs the error of a trap, because its stack says where the trap happened. After a call of `trapped` the next error counts
 * as the error of that trap. No other error is logged here.
 */
function notice(error) {
  const isTrap = error instanceof WebAssembly.RuntimeError;
  if (!isTrap && told) return;
  if (isTrap) trapped();
  told = true;
  const because = error?.cause ? `\nbecause of ${error.cause.stack ?? error.cause}` : '';
  console.error(`the Worker trapped: ${error?.stack ?? error}${because}`);
}

addEventListener('error', ({ error }) => notice(error));
addEventListener('unhandledrejection', ({ reason }) => notice(reason));
