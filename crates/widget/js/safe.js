// What a page may have changed under us. A merchant's page is not ours: its storage may be forbidden, its prototypes may be
// extended, and what it loads may hang. What is optional may fail, and the payment goes on.

/** The value, or undefined where it cannot be had. */
export function optional(get) {
  try {
    return get();
  } catch {
    // It is not needed.
  }
}

/** JSON of the values themselves, whatever `toJSON` a page has given to all arrays or objects (Prototype 1.6, Magento 1). */
export const json = (value) =>
  JSON.stringify(value, function (name) {
    return this[name];
  });

/** The promise, or a rejection when it takes longer than this. */
export const within = (ms, promise) =>
  Promise.race([promise, new Promise((_, reject) => setTimeout(reject, ms, new Error(`not there within ${ms} ms`)))]);
