// Which instance of the wasm is alive, and what happens to its calls when it traps.
//
// A trapped instance must not be called again: its memory is half changed, its stack pointer is wrong, and its executor
// never runs another task, so none of its promises ever settles. All running calls are given up at once, the calls of
// other orders too, and a new instance replaces the old one. No order is lost: an order lives in its storage, and a
// call to the gateway that was in flight is repeated or resolved by a query, as after a restart.

/** Stands for a result that was lost in a trap. */
const LOST = Symbol('lost');

/** For each running call, a function that gives it up. */
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

/**
 * Calls into the wasm. Returns the call's result, or a promise of it. If the instance traps before the call has ended, the
 * result is that of `lost`, in a promise, and what `lost` calls is a new instance.
 *
 * Every request comes through here, so this makes no promise for a call that has ended at once, and one for any other.
 */
export function within(call, lost) {
  if (fallen) replace();
  const began = number;
  const failed = (error) => {
    notice(error);
    if (!fallen && number === began) throw error;
    // The instance is replaced in a microtask that is ahead of this one.
    return Promise.resolve().then(lost);
  };
  let begun;
  try {
    begun = call();
  } catch (error) {
    return failed(error);
  }
  if (!(begun instanceof Promise)) return begun;
  let giveUp;
  const ended = new Promise((resolve, reject) => {
    giveUp = () => resolve(LOST);
    begun.then(resolve, reject);
  });
  running.add(giveUp);
  // `lost` runs here and not where the instance is given up. That may be the call of another request, which must not touch
  // what belongs to this one.
  return ended.then(
    (value) => {
      running.delete(giveUp);
      return value === LOST ? lost() : value;
    },
    (error) => {
      running.delete(giveUp);
      return failed(error);
    },
  );
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
  for (const giveUp of running) giveUp();
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
