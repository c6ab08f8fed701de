// How long a payment stays unknown when its notification never comes: in the first half minute at most 10 s while a page
// looks. This is measured in real time. crates/worlds/tests/order_missed_notification.rs tests the first five minutes, and a
// page that is closed, on a virtual clock.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { onStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';

/** Additional time for a busy machine. */
const SLACK_MS = 2_000;

describe('paid right after the first query, so that the next one must find it', { concurrency: true }, () => {
  const stage = onStage();
  before(async () => {
    await stage.gateway.notifications(false);
  });

  async function paidAfterTheFirstQuery(whileWaiting = async () => {}) {
    const order = await stage.shop.placePayable();
    const firstQuery = async () => {
      await whileWaiting(order);
      return (await stage.gateway.queriesOf(order.id)) > 0;
    };
    await until('the first query', firstQuery, { everyMs: 500 });
    await stage.gateway.pay(order.view.code_url);
    return { order, paidAt: Date.now() };
  }

  test('with the page open: known within 10 s', async () => {
    const { order, paidAt } = await paidAfterTheFirstQuery((order) => stage.shop.look(order));
    await stage.shop.becomes('paid', order, { everyMs: 500 });
    const tookMs = Date.now() - paidAt;
    assert.ok(tookMs < 10_000 + SLACK_MS, `${tookMs} ms`);
  });
});
