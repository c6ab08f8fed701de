// Chance that repeats itself: the same seed gives the same requests.

/** A small generator (mulberry32). It is for tests, not for secrets. */
export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** The chance of one request: it depends on the run's seed and on the request's number, and on nothing before it. */
  static of(seed, at) {
    return new Random(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(at + 1, 0xc2b2ae35));
  }

  /** A whole number below 2^32. */
  #next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** A whole number from 0 to `end` - 1. */
  below(end) {
    return this.#next() % end;
  }

  /** True in so many of a hundred cases. */
  percent(chance) {
    return this.below(100) < chance;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** One of `[weight, value]` rows. */
  weighted(rows) {
    let left = this.below(rows.reduce((sum, [weight]) => sum + weight, 0));
    return rows.find(([weight]) => (left -= weight) < 0)[1];
  }

  bytes(length) {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }

  /** Characters of this alphabet. */
  text(length, alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-') {
    return Array.from({ length }, () => alphabet[this.below(alphabet.length)]).join('');
  }
}
