// The short form of `cargo xtask soak`: orders are paid, lost sight of and abandoned while something is wrong. Afterwards WeChat,
// the orders, the index and the merchant agree to the minor unit. docs/load.md has the long form.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FAULTS } from '../soak/faults.mjs';
import { soak } from '../soak/soak.mjs';

/** The offers of a short form are short, too. */
const LOAD = { orders: 80, sockets: 30, seed: 4, speed: 60, expiresMinutes: 12 };

for (const name of ['gateway-lying', 'index-down', 'killed']) {
  test(`${LOAD.orders} orders while ${name}: none is lost, none is doubled, and all books agree`, async (t) => {
    const fault = FAULTS.find((each) => each.name === name);
    const { lost, doubled, wrong, recovery, fates, kills, totals } = await soak(fault, LOAD);
    t.diagnostic(`${JSON.stringify(fates)}, ${kills} kills, ${(recovery.ms / 1000).toFixed(1)} s to recover, ${totals.wechat} minor units`);
    assert.deepEqual({ lost, doubled, wrong }, { lost: [], doubled: [], wrong: [] });
    assert.ok(recovery.isWhole, 'everybody knew of every payment in time');
    assert.ok(fates.notified > 0 && fates['by query'] > 0 && fates.abandoned > 0, JSON.stringify(fates));
    assert.ok(totals.wechat > 0 && totals.refundedAtWechat > 0, JSON.stringify(totals));
    if (name === 'killed') assert.ok(kills > 0, 'it was killed');
  });
}
