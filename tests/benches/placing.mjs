// How long a shopper waits for a code while the index of orders is slow: the Worker in workerd, a gateway that answers at
// once, and a D1 that takes 0, 300, 2,000 and 8,000 ms for each write. `cargo xtask bench placing` runs it.
//
// It measures the time from `POST /api/orders` to the end of its answer, on this machine. All lines should show the same time.

import { setStage } from '../support/stage.mjs';
import { oddPlatform } from '../support/worker/odd-platform.mjs';

const DELAYS_MS = [0, 300, 2_000, 8_000];
const ORDERS = 20;

for (const delayMs of DELAYS_MS) {
  const gate = () => new Promise((pass) => setTimeout(pass, delayMs).unref());
  const stage = await setStage({ platform: await oddPlatform({ gate }) });
  try {
    // The first order also loads the Worker.
    await place(stage.shop);
    const times = [];
    for (let order = 0; order < ORDERS; order += 1) times.push(await place(stage.shop));
    times.sort((one, other) => one - other);
    const [median, longest] = [times[ORDERS >> 1], times.at(-1)].map((ms) => `${ms.toFixed(0)} ms`.padStart(8));
    console.log(`index ${String(delayMs).padStart(5)} ms: a code after ${median}, the longest of ${ORDERS} ${longest}`);
  } finally {
    await stage.stop();
  }
}

async function place(shop) {
  const began = performance.now();
  const { status, json } = await shop.place();
  const tookMs = performance.now() - began;
  if (status !== 201) throw new Error(`the order was not placed: ${status}`);
  // An answer without a code means that the Worker gave up waiting, which is worse than slow.
  return json.order.status === 'awaiting_payment' ? tookMs : Infinity;
}
