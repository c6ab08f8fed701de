// Which instance of the wasm is alive, and what becomes of its calls when it traps.
//
// A trap leaves an instance that must not be called again: its memory is half changed, its stack pointer wrong, and
// its executor never runs another task, so no promise of it is ever settled. All calls that were running are given up
// at once, whosever they were, and a new instance takes the place of the old one. Nothing of an order is lost by it:
// an order lives in its storage, and a call that was on its way is repeated or asked about, as after a restart.

/** A call that ended with its instance. */
export class Lost extends Error {}

/** The calls that run, each by the function that gives it up. */
const running = new Set();
/** Counts the instances. */
let number = 0;
/** It has trapped and is not replaced yet. */
let fallen = false;
/** The error that made it fall is in the log. */
let told = true;
/** Puts a new instance in its place. */
let renew;

/** Says how an instance is replaced; the first is there already. */
export function replaceBy(renewing) {
  renew = renewing;
}

/** The number of the living instance. What belongs to another number must be made again. */
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
 * Called by the wasm's own glue when an error leaves it. Frames of the old instance may still be on the stack, and so
 * it is replaced when they are gone; until then the glue refuses every call.
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
    // The next call tries it again.
    console.error(`the wasm could not be started again: ${error.stack}`);
  }
  for (const giveUp of running) giveUp(new Lost('the Worker has trapped'));
  running.clear();
}

/** An error that nobody caught. That of a trap is logged: its stack says where it happened. */
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
