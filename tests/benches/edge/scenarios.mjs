// What is measured. A scenario belongs to a phase of a round:
//
// 1 `few`: a process with few orders in memory, so that the garbage collector is quiet;
// 2 `placing`: a fresh process, in which orders are placed;
// 3 `paying`: the same files after a restart, so the objects of those orders are cold.

/** Not of this list, since it is measured with a process for each start. */
export const START = 'start';

/** Those without an order's work run longer, because one request is short. */
const LIGHT = 5;
const HEAVY_BODY = 2;
/** At most so many over one connection. */
const SINGLE_MOST = 300;

/**
 * Of each: its name, its phase, what it is, the `api` that alone has it, and how it is done on a side (see side.mjs): how many requests, the request of a
 * number, which answer is right.
 */
export const SCENARIOS = [
  {
    name: 'forged',
    phase: 'few',
    what: 'a notification with a wrong signature',
    work: ({ few, target, n }) => ({
      count: LIGHT * n,
      request: (at) => target.notify(few[at % few.length].forged),
      check: target.isRefused,
    }),
  },
  {
    name: 'duplicate',
    phase: 'few',
    what: 'the notification of a paid order, again and again',
    work: ({ few, target, n }) => ({
      count: LIGHT * n,
      request: () => target.notify(few[0].notification),
      check: target.isAcknowledged,
    }),
  },
  {
    name: 'status',
    phase: 'few',
    what: 'a page asks for its paid order, object in memory',
    work: ({ few, target, n }) => ({
      count: LIGHT * n,
      request: (at) => target.look(few[at % few.length]),
      check: target.isPaid,
    }),
  },
  {
    name: 'junk',
    phase: 'few',
    what: '64 KB of junk as a notification',
    work: ({ junk, target, n }) => ({ count: HEAVY_BODY * n, request: () => target.notify(junk), check: target.isRefused }),
  },
  {
    name: 'long',
    phase: 'few',
    what: '64 KB, well-formed, with a wrong signature',
    work: ({ long, target, n }) => ({ count: HEAVY_BODY * n, request: () => target.notify(long), check: target.isRefused }),
  },
  {
    name: 'stranger',
    phase: 'few',
    api: 'v3',
    what: 'a notification of an unknown certificate',
    work: ({ few, target, n }) => ({
      count: LIGHT * n,
      request: (at) => target.notify(few[at % few.length].stranger),
      check: target.isRefused,
    }),
  },
  {
    name: 'probe',
    phase: 'few',
    api: 'v3',
    what: 'a probe of WeChat Pay',
    work: ({ few, target, n }) => ({
      count: LIGHT * n,
      request: (at) => target.notify(few[at % few.length].probe),
      check: target.isRefused,
    }),
  },
  {
    name: 'create',
    phase: 'placing',
    what: 'an order is placed',
    work: (side) => ({ ...side.placing(side.cold), count: side.n }),
  },
  {
    name: 'notify',
    phase: 'paying',
    what: 'a genuine notification, object cold',
    work: ({ cold, target }) => paying(cold, target),
  },
  {
    name: 'notify-hot',
    phase: 'paying',
    what: 'a genuine notification, object in memory',
    work: ({ hot, target }) => paying(hot, target),
  },
  {
    name: 'notify-1conn',
    phase: 'paying',
    what: 'the same over one connection',
    work: ({ single, target }) => ({ ...paying(single, target), connections: 1 }),
  },
];

/** How many orders are paid over one connection. */
export function singles(n) {
  return Math.min(SINGLE_MOST, n);
}

/** Each of these orders is paid, once. */
function paying(orders, target) {
  return {
    count: orders.length,
    request: (at) => target.notify(orders[at].notification),
    check: target.isAcknowledged,
  };
}
