// What goes wrong while orders are placed and paid. `begin` makes it go wrong, `end` makes it right again.

import { setTimeout as pause } from 'node:timers/promises';

const nothing = async () => {};

const switches = (switched) => ({
  begin: (stage) => stage.simulator.switch(switched),
  end: (stage) => stage.simulator.switch({}),
});

const index = (broken, right) => ({
  begin: (stage) => stage.tell({ index: broken }),
  end: (stage) => stage.tell({ index: right }),
});

const merchant = (mode) => ({
  begin: async (stage) => void (stage.merchant.mode = mode),
  end: async (stage) => void (stage.merchant.mode = 'ok'),
});

/** Does it again and again, with such pauses, until the end. */
const again = (everyMs, act, right = nothing) => {
  let isOver;
  let loop;
  return {
    begin: async (stage) => {
      isOver = false;
      const acts = async () => {
        for (let times = 0; !isOver; times += 1) {
          // The first comes early: a quick machine places a small load within a second.
          await pause(times === 0 ? everyMs / 8 : everyMs);
          if (!isOver) await act(stage, times);
        }
      };
      loop = acts();
    },
    end: async (stage) => {
      isOver = true;
      await loop;
      await right(stage);
    },
  };
};

/** Half a minute of the Worker's clock back, and up to four minutes forth. */
const JUMPS_MS = [60_000, -30_000, 240_000, -180_000, 0];

/** In the order in which they are run. `atOnce` are the shoppers at a time, where they wait for others and not for this machine. */
export const FAULTS = [
  { name: 'none', what: 'nothing', begin: nothing, end: nothing },
  { name: 'gateway-slow', what: 'four of five answers of the gateway take 1.5 s', ...switches({ faults: [{ name: 'slow', 'delay-ms': 1500, probability: 0.8, seed: 1 }] }) },
  {
    name: 'gateway-down',
    atOnce: 64,
    what: 'the gateway drops every call for 1 s, then none for 2 s, and so on',
    ...again(
      1_000,
      (stage, times) => stage.simulator.switch(times % 3 === 0 ? { faults: [{ name: 'drop-before' }] } : {}),
      (stage) => stage.simulator.switch({}),
    ),
  },
  {
    name: 'gateway-lying',
    what: 'of ten answers one is about another order that is paid, one unsigned, one signed wrongly, one cut off, one lost, one a page of HTML',
    ...switches({
      faults: [
        { name: 'another-order-paid', call: 'query-order', probability: 0.1, seed: 1 },
        { name: 'unsigned', probability: 0.1, seed: 2 },
        { name: 'wrongly-signed', probability: 0.1, seed: 3 },
        { name: 'truncated', probability: 0.1, seed: 4 },
        { name: 'drop-after', probability: 0.1, seed: 5 },
        { name: 'html-200', probability: 0.1, seed: 6 },
      ],
    }),
  },
  { name: 'index-slow', what: 'each statement of an order to the index takes 2 s longer', ...index({ slowMs: 2_000 }, { slowMs: 0 }) },
  { name: 'index-down', what: 'the index takes nothing', ...index({ isDown: true }, { isDown: false }) },
  { name: 'receiver-down', what: 'the receiver of webhooks drops every connection', ...merchant('down') },
  { name: 'receiver-redirecting', what: 'the receiver of webhooks redirects', ...merchant('redirecting') },
  {
    name: 'evicted',
    what: 'one of five calls of an object ends with the object being thrown out, in the middle of what it does',
    begin: (stage) => stage.tell({ evictOneIn: 5 }),
    end: async (stage) => {
      const { evicted } = await stage.tell({ evictOneIn: 0 });
      if (evicted === 0) throw new Error('no object was thrown out');
    },
  },
  { name: 'killed', what: 'the Worker is killed every three seconds', ...again(3_000, (stage) => stage.kill()) },
  {
    name: 'clock-jumps',
    what: 'the Worker’s clock jumps back and forth by minutes, twice a second',
    ...again(500, (stage, times) => stage.tell({ jumpMs: JUMPS_MS[times % JUMPS_MS.length] }), (stage) => stage.tell({ jumpMs: 0 })),
  },
];
