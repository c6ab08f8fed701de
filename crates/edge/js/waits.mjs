// Tells the wasm that what it waits for is there: that a promise has settled, or that a timer has rung. The wasm has a number
// for each wait. The functions that listen are JavaScript's own: those that wasm-bindgen makes of Rust's cost more than most
// of the waits here.

import * as wasm from 'edge-wasm';

import { instanceNumber } from './instance.mjs';

/** The wasm waits for this promise, or for another object with `then`. */
export function hear(promise, number) {
  const tell = teller(number);
  promise.then(
    (value) => tell(true, value),
    (error) => tell(false, error),
  );
}

/** The wasm waits for this time. Returns the timer, for `clearTimeout`. */
export function ring(number, afterMs) {
  const tell = teller(number);
  return setTimeout(() => tell(true), afterMs);
}

/** The wait ends in a microtask of its own. */
export function soon(number) {
  const tell = teller(number);
  queueMicrotask(() => tell(true));
}

/** Speaks to the instance that waits. One that has trapped meanwhile waits for nothing, and its numbers are another's now. */
function teller(number) {
  const waiting = instanceNumber();
  return (isGood, value) => {
    if (instanceNumber() === waiting) wasm.heard(number, isGood, value);
  };
}
