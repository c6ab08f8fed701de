// A merchant below an institution: every message names the sub-merchant. A message with another sub-merchant, or without one,
// has no effect, and a person sees both values.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SUCCESS_REPLY, notification } from '../support/gateway/notification.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { onStage } from '../support/stage.mjs';

const OURS = { sub_mch_id: '1900000109' };
const ANOTHER = { sub_mch_id: '1900000110' };

const VARS = { ...BACK_OFFICE.vars, WECHAT_SUB_MCH_ID: OURS.sub_mch_id };
let office;
const stage = onStage({ ...BACK_OFFICE, vars: VARS }, () => (office = new BackOffice(stage.worker)));

async function placed() {
  stage.gateway.next('unifiedorder', OURS);
  return stage.shop.placePayable();
}

const notify = (order, changes) =>
  stage.shop.notify(notification(stage.gateway.merchant, asPaidOrder(order.view), changes));

test('is paid by a message that names it, and the order names it to WeChat Pay', async () => {
  const order = await placed();
  assert.equal(stage.gateway.calls.at(-1).fields.sub_mch_id, OURS.sub_mch_id);
  assert.equal((await notify(order, OURS)).text, SUCCESS_REPLY);
  assert.equal(await stage.shop.status(order), 'paid');
});

for (const [what, changes, answered] of [
  ['another sub-merchant', ANOTHER, ANOTHER.sub_mch_id],
  ['no sub-merchant', {}, 'none'],
]) {
  test(`is not paid by a message that names ${what}; a person sees both sides`, async () => {
    const order = await placed();
    stage.gateway.next('orderquery', changes, order.id);
    assert.equal((await notify(order, changes)).text, SUCCESS_REPLY);
    const both = `\`sub_mch_id\` was asked for as ${OURS.sub_mch_id} and answered as ${answered}`;
    const trade = await office.waiting(order.id, ({ kind }) => kind === 'unexpected_trade');
    assert.equal(trade.detail, both);
    const answer = await office.waiting(order.id, ({ kind }) => kind === 'about_something_else');
    assert.ok(answer.detail.endsWith(both), answer.detail);
    assert.ok(stage.worker.log.some((line) => line.includes(order.id) && line.includes(both)), 'the log has them, too');
    const { messages } = (await office.history(order.id)).json;
    assert.equal(messages.length, 2, 'the message and the answer are kept');
    assert.notEqual(await stage.shop.status(order), 'paid');
  });
}
