// Every sample message of tests/vectors, hostile and otherwise, delivered to the notify route of a
// Worker whose key they are signed with. None is about an order of this Worker: it answers each in
// WeChat's form, lives on, and nothing comes into being.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { setStage } from '../support/stage.mjs';
import { ROOT } from '../support/project.mjs';

const REPLY = /^<xml><return_code><!\[CDATA\[(SUCCESS|FAIL)\]\]><\/return_code><return_msg><!\[CDATA\[[^\]]{1,60}\]\]><\/return_msg><\/xml>$/;
/** K1 of tests/vectors/README.md, which signs the samples of the merchant's own. */
const SAMPLE_KEY = 'TESTONLYmd5key0123456789abcdefHK';

for (const folder of ['hostile', 'genuine']) {
  describe(`the ${folder} samples`, async () => {
    let stage;
    before(async () => (stage = await setStage({ merchant: { key: SAMPLE_KEY, signType: 'MD5' } })));
    after(() => stage?.stop());

    const vectors = join(ROOT, 'tests', 'vectors', folder);
    for (const name of (await readdir(vectors)).filter((each) => each.endsWith('.xml'))) {
      test(name, async () => {
        const answer = await stage.shop.notify(await readFile(join(vectors, name)));
        assert.equal(answer.status, 200);
        assert.match(answer.text, REPLY);
      });
    }

    test('after all of them the Worker takes orders and payments as before', async () => {
      const order = await stage.shop.placePayable();
      await stage.gateway.pay(order.view.code_url);
      await stage.shop.becomes('paid', order);
      assert.equal(stage.gateway.ledger.orders.size, 1);
    });
  });
}
