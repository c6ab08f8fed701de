// `POST /api/orders` and `GET /api/orders/{id}` as a stranger, a bot or a curious shopper uses
// them: who may see an order, what an order may contain, and what each refusal looks like.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { GOODS, OTHER_GOODS, lines } from '../support/shop/catalog.mjs';
import { anIdempotencyKey } from '../support/shop/shop.mjs';
import { onStage } from '../support/stage.mjs';
import { setTrappingStage } from '../support/worker/trapping-worker.mjs';

let shop;
const stage = onStage({}, () => (shop = stage.shop));

/** The answer is exactly this problem. */
function assertProblem(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.type, /^application\/problem\+json/);
  const { type, title, status: repeated, code: stable, detail, ...rest } = answer.json;
  assert.equal(stable, code);
  assert.equal(repeated, status);
  assert.equal(type, 'about:blank');
  assert.ok(title && detail, 'it says in words what to do');
  assert.deepEqual(rest, {});
}

describe('who may see an order', () => {
  let order;
  before(async () => (order = await shop.placePayable()));

  test('whoever holds its token', async () => {
    const answer = await shop.look(order);
    assert.equal(answer.status, 200);
    assert.equal(answer.json.id, order.id);
  });

  test('nobody without a token, with a wrong one, or with that of another order', async () => {
    const other = await shop.placePayable();
    const flipped = (order.token[0] === 'A' ? 'B' : 'A') + order.token.slice(1);
    for (const token of [undefined, '', 'x', flipped, other.token, `${order.token}x`]) {
      assertProblem(await shop.look({ id: order.id, token }), 404, 'order_not_found');
    }
  });

  test('a wrong token and an unknown order are answered alike, letter by letter', async () => {
    const wrong = await shop.look({ id: order.id, token: 'wrong' });
    const unknown = await shop.look({ id: 'A'.repeat(order.id.length), token: 'wrong' });
    const malformed = await shop.look({ id: 'no%20order', token: order.token });
    assert.equal(unknown.text, wrong.text);
    assert.equal(unknown.status, wrong.status);
    assert.equal(malformed.status, 404);
  });

  test('the view holds nothing of the payer, the merchant or a key', async () => {
    await stage.gateway.pay(order.view.code_url);
    await shop.becomes('paid', order);
    const { text } = await shop.look(order);
    const { openid, transaction_id } = stage.gateway.ledger.orders.get(order.id).payment;
    const { key, mchId, appid } = stage.gateway.merchant;
    for (const secret of [openid, transaction_id, key, mchId, appid, stage.worker.bindings.ORDER_SECRET]) {
      assert.ok(!text.includes(secret), text);
    }
  });
});

describe('asking again', () => {
  test('costs no body while nothing has changed, and tells at once when something has', async () => {
    const order = await shop.placePayable();
    const first = await shop.look(order);
    const etag = first.headers.get('etag');
    assert.ok(etag, 'the view has an ETag');
    const same = await shop.look(order, { 'if-none-match': etag });
    assert.equal(same.status, 304);
    assert.equal(same.text, '');
    await stage.gateway.pay(order.view.code_url);
    const changed = await shop.look(order, { 'if-none-match': etag });
    assert.equal(changed.status, 200);
    assert.equal(changed.json.status, 'paid');
    assert.notEqual(changed.headers.get('etag'), etag);
  });

  test('is told when, and no cache keeps the view', async () => {
    const order = await shop.placePayable();
    const { headers, json } = await shop.look(order);
    assert.ok(json.ask_again_in_ms >= 500 && json.ask_again_in_ms <= 30_000, String(json.ask_again_in_ms));
    assert.match(headers.get('cache-control') ?? '', /no-store|no-cache|private/);
  });

  test('works from a shop on another origin', async () => {
    const asked = await fetch(`${shop.url}/api/orders`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://shop.example.com',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,idempotency-key',
      },
    });
    assert.ok(asked.ok, String(asked.status));
    assert.equal(asked.headers.get('access-control-allow-origin'), '*');
    for (const name of ['content-type', 'idempotency-key', 'authorization']) {
      assert.match(asked.headers.get('access-control-allow-headers').toLowerCase(), new RegExp(name));
    }
    const refused = await shop.place('{', { headers: { origin: 'https://shop.example.com' } });
    assert.equal(refused.headers.get('access-control-allow-origin'), '*', 'a page can read its refusals, too');
  });
});

describe('the price is the Worker’s', () => {
  const attempts = {
    'an amount for the whole order': { ...lines(), amount: 1 },
    'a total in WeChat’s own name': { ...lines(), total_fee: 1 },
    'a price in a line': { lines: [{ sku: GOODS.sku, quantity: 1, amount_minor: 1 }] },
    'a currency that is worth less': { ...lines(), currency: 'JPY' },
  };
  for (const [what, body] of Object.entries(attempts)) {
    test(`${what}: refused, and nothing is ordered`, async () => {
      const before = (await stage.gateway.orderNumbersSeen()).length;
      const answer = await shop.place(body);
      assertProblem(answer, 400, 'invalid_body');
      assert.equal((await stage.gateway.orderNumbersSeen()).length, before);
    });
  }

  test('what WeChat Pay is asked for is the catalogue’s price', async () => {
    const order = await shop.placePayable(lines(GOODS, 3));
    const { terms } = stage.gateway.ledger.orders.get(order.id);
    assert.equal(terms.total_fee, String(3 * GOODS.amount_minor));
    assert.equal(terms.notify_url, `${stage.worker.url}/notify/wechat`);
  });
});

describe('what an order may contain', () => {
  const refused = {
    'no JSON': ['{"lines":', 400, 'invalid_body'],
    'an empty body': ['', 400, 'invalid_body'],
    'something else than an object': ['[]', 400, 'invalid_body'],
    'no lines': [{}, 400, 'invalid_body'],
    'goods the catalogue does not have': [{ lines: [{ sku: 'no-such', quantity: 1 }] }, 422, 'unknown_sku'],
    'none of the goods': [lines(GOODS, 0), 422, 'invalid_quantity'],
    'one more than the catalogue allows': [lines(GOODS, GOODS.max_quantity + 1), 422, 'invalid_quantity'],
    'more than the catalogue allows, in two lines': [
      { lines: [...lines(GOODS, GOODS.max_quantity).lines, ...lines(GOODS, 1).lines] }, 422, 'invalid_quantity'],
    'a negative quantity': [lines(GOODS, -1), 400, 'invalid_body'],
    'half of the goods': [lines(GOODS, 0.5), 400, 'invalid_body'],
    'a quantity as text': [lines(GOODS, '1'), 400, 'invalid_body'],
    'a quantity beyond 32 bits': [lines(GOODS, 2 ** 32 + 1), 400, 'invalid_body'],
  };
  for (const [what, [body, status, code]] of Object.entries(refused)) {
    test(`${what}: refused`, async () => assertProblem(await shop.place(body), status, code));
  }

  test('an empty list of lines or more lines than the limit: refused', async () => {
    for (const count of [0, 51]) {
      const answer = await shop.place({ lines: Array.from({ length: count }, () => lines(OTHER_GOODS).lines[0]) });
      assertProblem(answer, 400, 'invalid_body');
    }
  });

  test('a body beyond all measure: refused without being read as an order', async () => {
    assertProblem(await shop.place(`{"lines":[${' '.repeat(1 << 20)}]}`), 413, 'body_too_large');
  });
});

describe('the idempotency key', () => {
  const malformed = {
    'is missing': null,
    'is empty': '',
    'is too short to be unguessable': 'A'.repeat(21),
    'is too long': 'A'.repeat(129),
    'has other characters': 'A'.repeat(30) + '/',
  };
  for (const [what, key] of Object.entries(malformed)) {
    test(`${what}: refused`, async () => assertProblem(await shop.place(lines(), { key }), 400, 'invalid_idempotency_key'));
  }

  test('with another body is a conflict, and the first order stays as it was', async () => {
    const key = anIdempotencyKey();
    const first = await shop.placePayable(lines(GOODS, 1), { key });
    assertProblem(await shop.place(lines(GOODS, 2), { key }), 409, 'idempotency_conflict');
    assertProblem(await shop.place(lines(OTHER_GOODS, 1), { key }), 409, 'idempotency_conflict');
    assert.equal((await shop.look(first)).json.amount.minor, GOODS.amount_minor);
  });

  test('may have its order under another number: while that one cannot be asked, no second order is made', async () => {
    const trapping = await setTrappingStage();
    try {
      // The order may have been placed with the other sign type or with the previous secret. The Worker asks for all of these
      // numbers, and any of the questions may fail.
      for (const after of [0, 1]) {
        const key = anIdempotencyKey();
        await trapping.trapNext('ask', ['/find'], { how: 'error', after });
        assertProblem(await trapping.shop.place(lines(), { key }), 500, 'internal');
        assert.deepEqual(trapping.gateway.calls.filter(({ call }) => call === 'unifiedorder'), []);
      }
      assert.equal((await trapping.shop.place()).status, 201);
    } finally {
      await trapping.stop();
    }
  });

  test('that no request had before makes its order without a search; whoever says so wrongly gets the same order', async () => {
    const trapping = await setTrappingStage();
    try {
      // Any search would fail.
      for (let at = 0; at < 8; at += 1) await trapping.trapNext('ask', ['/find'], { how: 'error' });
      const key = anIdempotencyKey();
      const first = await trapping.shop.place(lines(), { key, isFirst: true });
      const again = await trapping.shop.place(lines(), { key, isFirst: true });
      assert.deepEqual([first.status, again.status, again.json.order.id], [201, 200, first.json.order.id]);
      assertProblem(await trapping.shop.place(lines(OTHER_GOODS, 1), { key, isFirst: true }), 409, 'idempotency_conflict');
      const sold = { lines: [{ sku: 'of-no-shop', quantity: 1 }] };
      assertProblem(await trapping.shop.place(sold, { isFirst: true }), 422, 'unknown_sku');
      assert.equal((await trapping.traps()).planned.length, 8, 'nothing was searched for');
    } finally {
      await trapping.stop();
    }
  });

  test('does not show in the order number', async () => {
    const key = anIdempotencyKey();
    const { id, token } = await shop.placePayable(lines(), { key });
    assert.ok(!id.includes(key) && !key.includes(id) && !token.includes(id));
  });
});

describe('other routes', () => {
  test('an unknown one under /api is a problem, not a page', async () => {
    const answer = await fetch(`${shop.url}/api/nothing`);
    assertProblem({ status: answer.status, type: answer.headers.get('content-type'), json: await answer.json() }, 404, 'not_found');
  });

  test('a known one with another method says so', async () => {
    const answer = await fetch(`${shop.url}/api/orders`, { method: 'DELETE' });
    assertProblem({ status: answer.status, type: answer.headers.get('content-type'), json: await answer.json() }, 405, 'method_not_allowed');
  });

  test('the page learns that this is a demo and where the phone is', async () => {
    const answer = await fetch(`${shop.url}/api/shop`);
    assert.deepEqual(await answer.json(), { mode: 'demo', phone_url: stage.gateway.phoneUrl });
  });

  test('the shop itself is served beside them', async () => {
    const answer = await fetch(`${shop.url}/`);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type'), /^text\/html/);
  });
});
