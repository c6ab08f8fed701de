// When an order resumes its work after a trap: soon, but with growing pauses if it traps again and again, because each
// trap ends all calls of the isolate.

/** The pause before the first look. */
const FIRST_MS = 2_000;
/** The longest pause. */
const LAST_MS = 3_600_000;
/** Traps at least this far apart count as unrelated. */
const FORGET_MS = 2 * LAST_MS;

/**
 * After a trap at `now`: what the object stores about it, and when the object looks. `before` is what it stored about the
 * previous trap (`{ times, at }`), if there was one.
 */
export function nextLook(before, now) {
  const times = before && now - before.at < FORGET_MS ? before.times : 0;
  return { noted: { times: times + 1, at: now }, lookAt: now + Math.min(FIRST_MS * 2 ** times, LAST_MS) };
}
