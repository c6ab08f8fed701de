// No notification comes. The order's own alarm queries WeChat Pay and believes only an answer that
// verifies and fits. workerd has the real clock, so these tests wait for the first query, 10 s after
// the code was issued. They run at the same time.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { notification } from '../support/gateway/notification.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { GATEWAYS, onStage, setStage } from '../support/stage.mjs';
import { throughout, until } from '../support/until.mjs';

/** The first query of an order whose page was seen comes 10 s after its code. The rest is for a busy machine. */
const FIRST_QUERY = { withinMs: 20_000, everyMs: 100 };

/** Long before the first query would come by itself. */
const AT_ONCE = { withinMs: 3_000 };

test('a notification that broke on its way proves nothing, but WeChat Pay is asked at once', async () => {
  const stage = await setStage();
  try {
    await stage.gateway.notifications(false);
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    const genuine = notification(stage.gateway.merchant, asPaidOrder(order.view));
    const { text } = await stage.shop.notify(genuine.replace('<total_fee>', '<total_fee>1'));
    assert.match(text, /FAIL/);
    await stage.shop.becomes('paid', order, AT_ONCE);
    assert.equal(await stage.gateway.queriesOf(order.id), 1);
  } finally {
    await stage.stop();
  }
});

describe('no notification comes', { concurrency: true }, () => {
  for (const { name, start } of GATEWAYS) {
    describe(`with ${name} sending no notifications`, { concurrency: true }, () => {
      const stage = onStage({ start });
      before(async () => {
        await stage.gateway.notifications(false);
      });

      test('an order that is paid while its page is open turns paid', async () => {
        const order = await stage.shop.placePayable();
        await stage.gateway.pay(order.view.code_url);
        await stage.shop.becomes('paid', order, FIRST_QUERY);
      });

      test('an order that is paid after its page was closed turns paid all the same', async () => {
        const order = await stage.shop.placePayable();
        await stage.gateway.pay(order.view.code_url);
        await asked(stage.gateway, order);
        await stage.shop.becomes('paid', order);
      });

      test('an order nobody pays is asked for and stays unpaid', async () => {
        const order = await stage.shop.placePayable();
        await asked(stage.gateway, order);
        assert.equal(await stage.shop.status(order), 'awaiting_payment');
      });
    });
  }

  describe('a query answer that proves nothing makes nothing paid, and the truth still counts after it', { concurrency: true }, () => {
    const stage = onStage();
    before(async () => {
      await stage.gateway.notifications(false);
    });

    const lies = {
      'it is unsigned': 'unsigned',
      'it is signed with another key': 'signed with another key',
      'it is cut off': 'truncated',
      'it is a proxy’s page': 'HTML 502',
      'WeChat Pay says SYSTEMERROR': 'SYSTEMERROR',
      'rightly signed, its amount is not the order’s': { total_fee: '1' },
      'rightly signed, its currency is not the order’s': { fee_type: 'JPY' },
      'rightly signed, it speaks of another order': { out_trade_no: 'SOMEONEELSES0001' },
      'rightly signed, it speaks of another merchant': { mch_id: '1634990001' },
      'rightly signed, it speaks of another app': { appid: 'wx90aa17be44c05d21' },
      'rightly signed, its trade type is another': { trade_type: 'MICROPAY' },
    };
    for (const [how, lie] of Object.entries(lies)) {
      test(how, async () => {
        const order = await stage.shop.placePayable();
        stage.gateway.next('orderquery', lie, order.id);
        await stage.gateway.pay(order.view.code_url);
        await asked(stage.gateway, order);
        await throughout('it is not paid', async () => (await stage.shop.status(order)) !== 'paid');
        await stage.gateway.notifyOf(order.id);
        await stage.shop.becomes('paid', order);
      });
    }
  });
});

async function asked(gateway, { id }) {
  await until(`WeChat Pay is asked for ${id}`, async () => (await gateway.queriesOf(id)) > 0, FIRST_QUERY);
}
