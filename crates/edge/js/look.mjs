// When an order looks after itself after a trap: soon, and ever more rarely when it traps again and again, for each trap
// ends all calls of the isolate.

/** The first look comes after this. */
const FIRST_MS = 2_000;
/** The pauses grow up to this. */
const LAST_MS = 3_600_000;
/** Traps this far apart have nothing to do with each other. */
const FORGET_MS = 2 * LAST_MS;

/**
 * After a trap at `now`: what the object notes of it, and when it looks. `before` is what it noted of the trap before
 * (`{ times, at }`), if there was one.
 */
export function nextLook(before, now) {
  const times = before && now - before.at < FORGET_MS ? before.times : 0;
  return { noted: { times: times + 1, at: now }, lookAt: now + Math.min(FIRST_MS * 2 ** times, LAST_MS) };
}
