// Guards against what a page may have changed. A merchant's page is not ours: storage may be forbidden, prototypes may be
// extended, requests may hang. Optional parts may fail; the payment goes on.

/** The value, or undefined if getting it throws. */
export function optional(get) {
  try {
    return get();
  } catch {
    // The payment does not need it.
  }
}

/** JSON of the values themselves, even if a page gives all arrays or objects a `toJSON` (Prototype 1.6, Magento 1). */
export const json = (value) =>
  JSON.stringify(value, function (name) {
    return this[name];
  });

/** The promise, or a rejection if it takes longer than this. */
export const within = (ms, promise) =>
  Promise.race([promise, new Promise((_, reject) => setTimeout(reject, ms, new Error(`not there within ${ms} ms`)))]);
