// Offers: prices that the merchant has signed, for sites without a catalogue. A JWT library that is not ours makes them here,
// as a site's generator would do it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { CompactSign, EncryptJWT, SignJWT, UnsecuredJWT, decodeJwt, exportJWK, generateKeyPair } from 'jose';

import { ROOT, fromEnvironment } from '../support/project.mjs';
import { GOODS, lines } from '../support/shop/catalog.mjs';
import { PlainBrowser } from '../support/shop/plain-browser.mjs';
import { anIdempotencyKey } from '../support/shop/shop.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';
import { withMortalWorker } from '../support/worker/mortal-worker.mjs';
import { setStageWithClock } from '../support/worker/moved-clock.mjs';

const OFFER_KEY = randomBytes(32).toString('base64url');
const CLAIMS = { sku: 'tea-gift-set', name: 'Oolong & cups', amount: 8800, currency: 'HKD', max_quantity: 5 };
const HS256 = { alg: 'HS256' };

const bytes = (text) => new TextEncoder().encode(text);
const inSeconds = (seconds) => Math.floor(Date.now() / 1000) + seconds;

/** An offer with these claims. A forger may choose `key` and `header`; `critical` names what a reader must understand. */
function anOffer(changes = {}, { key = bytes(OFFER_KEY), header = HS256, critical } = {}) {
  const claims = { ...CLAIMS, exp: inSeconds(3600), ...changes };
  return new SignJWT(claims).setProtectedHeader(header).sign(key, critical && { crit: critical });
}

/** The same for a payload that no library would make from claims. */
function signedText(text) {
  return new CompactSign(bytes(text)).setProtectedHeader(HS256).sign(bytes(OFFER_KEY));
}

/** The answer is this problem and says in words what to do. */
function assertProblem(answer, code, status = 422) {
  assert.equal(answer.json?.code, code, answer.text);
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.type, /^application\/problem\+json/);
  assert.ok(answer.json.title && answer.json.detail, answer.text);
}

describe('a site without a catalogue', () => {
  let folder;
  let stage;
  let shop;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wechatpay-edge-'));
    const assets = { directory: folder, binding: 'ASSETS', routerConfig: { has_user_worker: true } };
    stage = await setStage({ vars: { OFFER_KEY }, platform: { assets } });
    shop = stage.shop;
  });
  after(async () => {
    await stage?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('sells by an offer, from the code to the money', async () => {
    const order = await shop.placePayable({ offer: await anOffer(), quantity: 2 });
    assert.equal(order.view.amount.minor, 17_600);
    assert.equal(order.view.description, 'Oolong & cups x 2');
    const { terms } = stage.gateway.ledger.orders.get(order.id);
    assert.equal(terms.total_fee, '17600');
    assert.equal(terms.fee_type, 'HKD');
    assert.equal(terms.body, 'Oolong & cups x 2');
    assert.equal(terms.product_id, 'tea-gift-set');
    await stage.gateway.pay(order.view.code_url);
    assert.equal((await shop.becomes('paid', order)).amount.minor, 17_600);
  });

  test('sells by a form, too, without any script', async () => {
    const answer = await new PlainBrowser(stage.worker).submit({ offer: await anOffer(), quantity: '3' });
    assert.equal(answer.status, 200, answer.text);
    const id = answer.path.split('/').at(-1);
    await until('the form’s order is placed', () => stage.gateway.ledger.orders.has(id));
    assert.equal(stage.gateway.ledger.orders.get(id).terms.total_fee, '26400');
  });

  test('has no goods to name', async () => {
    assertProblem(await shop.place(lines()), 'misconfigured', 500);
  });
});

describe('an offer', () => {
  let stage, shop;
  before(async () => {
    stage = await setStageWithClock({ vars: { OFFER_KEY } });
    shop = stage.shop;
  });
  after(() => stage?.stop());
  let aheadMs = 0;
  afterEach(async () => {
    await stage.goAhead(-aheadMs);
    aheadMs = 0;
  });

  /** Moves the clock forward. The next test begins at the real time again. */
  async function ended(ms) {
    await stage.goAhead(ms);
    aheadMs += ms;
  }

  /** The order is refused before it exists, and neither the answer nor the log contains the key. */
  async function refused(body, code, status) {
    // Only order calls are counted, because earlier orders may be queried meanwhile.
    const ordered = (await stage.gateway.orderNumbersSeen()).length;
    const answer = await shop.place(body);
    assertProblem(answer, code, status);
    assert.equal((await stage.gateway.orderNumbersSeen()).length, ordered);
    for (const text of [answer.text, ...stage.worker.log]) assert.ok(!text.includes(OFFER_KEY), text);
    return answer.json.detail;
  }

  test('may stand beside a catalogue, and is one of a kind unless it says otherwise', async () => {
    const { view } = await shop.placePayable({ offer: await anOffer({ max_quantity: undefined }) });
    assert.equal(view.amount.minor, CLAIMS.amount);
    assert.equal((await shop.placePayable()).view.amount.minor, GOODS.amount_minor);
  });

  test('may say more than is asked: who made it, when, and how it is called', async () => {
    const more = { iss: 'https://shop.example.com', iat: inSeconds(0), jti: 'x', price: 1, nested: { a: [1.5] } };
    const order = await shop.placePayable({ offer: await anOffer(more, { header: { ...HS256, typ: 'JWT' } }) });
    assert.equal(order.view.amount.minor, CLAIMS.amount);
  });

  test('sent again with its key is the same order', async () => {
    const key = anIdempotencyKey();
    const offer = await anOffer();
    const first = await shop.place({ offer, quantity: 1 }, { key });
    const again = await shop.place({ offer }, { key });
    assert.equal(first.status, 201, first.text);
    assert.equal(again.status, 200, again.text);
    assert.equal(again.json.order.id, first.json.order.id);
    assert.equal(again.json.token, first.json.token);
    assertProblem(await shop.place({ offer, quantity: 2 }, { key }), 'idempotency_conflict', 409);
    assertProblem(await shop.place({ offer: await anOffer({ amount: 8801 }) }, { key }), 'idempotency_conflict', 409);
    assertProblem(await shop.place(lines(), { key }), 'idempotency_conflict', 409);
    assert.equal((await shop.look({ ...first.json, id: first.json.order.id })).json.amount.minor, CLAIMS.amount);
  });

  test('that has ended sells nothing more, while what was ordered by it is still found and can be paid', async () => {
    const offer = await anOffer({ exp: inSeconds(300) });
    const key = anIdempotencyKey();
    const order = await shop.placePayable({ offer }, { key });
    await ended(300_000);
    assertProblem(await shop.place({ offer }), 'offer_expired');
    const again = await shop.place({ offer }, { key });
    assert.equal(again.status, 200, again.text);
    assert.equal(again.json.order.id, order.id);
    assert.equal(again.json.token, order.token);
    assertProblem(await shop.place({ offer, quantity: 2 }, { key }), 'idempotency_conflict', 409);
    await stage.gateway.pay(order.view.code_url);
    await shop.becomes('paid', order);
    assert.match(await refused({ offer: await anOffer({ exp: inSeconds(-1) }) }, 'offer_expired'), /expired at \d+/);
  });

  test('sells by a form, and who did not get the answer finds the order after the offer has ended', async () => {
    const url = (path) => `${stage.worker.url}${path}`;
    const body = new URLSearchParams({ offer: await anOffer({ exp: inSeconds(300) }) });
    const sent = await fetch(url('/checkout'), { method: 'POST', body, redirect: 'manual' });
    assert.equal(sent.status, 303);
    const headers = { cookie: sent.headers.get('set-cookie').split(';')[0] };
    const start = () => fetch(url(sent.headers.get('location')), { headers, redirect: 'manual' });
    const answer = await start();
    assert.equal(answer.status, 303);
    await ended(300_000);
    const again = await start();
    assert.deepEqual([again.status, again.headers.get('location')], [303, answer.headers.get('location')]);
  });

  test('that has not begun is not sold yet', async () => {
    assert.match(await refused({ offer: await anOffer({ nbf: inSeconds(600) }) }, 'invalid_offer'), /not valid before/);
    await shop.placePayable({ offer: await anOffer({ nbf: inSeconds(-600) }) });
  });

  describe('that the merchant did not sign is refused:', () => {
    const changed = (offer, part, text) =>
      offer.split('.').with(part, Buffer.from(text).toString('base64url')).join('.');
    const forged = {
      'signed with another key': () => anOffer({}, { key: randomBytes(32) }),
      'signed with the secret of the orders': () => anOffer({}, { key: bytes(stage.worker.bindings.ORDER_SECRET) }),
      'signed with the key of the payments': () => anOffer({}, { key: bytes(stage.gateway.merchant.key) }),
      'with another price under a right signature': async () =>
        changed(await anOffer(), 1, JSON.stringify({ ...CLAIMS, amount: 1, exp: inSeconds(3600) })),
      'with the signature of another offer': async () => {
        const [theirs, ours] = [await anOffer({ amount: 1 }), await anOffer()];
        return [...theirs.split('.').slice(0, 2), ours.split('.')[2]].join('.');
      },
      'without a signature': async () => `${(await anOffer()).split('.').slice(0, 2).join('.')}.`,
      'with half a signature': async () => {
        const parts = (await anOffer()).split('.');
        return parts.with(2, Buffer.from(parts[2], 'base64url').subarray(0, 16).toString('base64url')).join('.');
      },
      'of two parts': async () => (await anOffer()).split('.').slice(0, 2).join('.'),
      'of four parts': async () => `${await anOffer()}.AAAA`,
      'with padding': async () => `${await anOffer()}=`,
      'with a line end': async () => `${await anOffer()}\n`,
      'in other letters': () => '茶.茶.茶',
      'a zero byte': () => '\0',
      empty: () => '',
      'only dots': () => '..',
      'with alg none, as a library makes it': () => new UnsecuredJWT({ ...CLAIMS, exp: inSeconds(3600) }).encode(),
      'with alg none before a right signature': async () => changed(await anOffer(), 0, '{"alg":"none"}'),
      'with HS512': () => anOffer({}, { key: bytes(OFFER_KEY.repeat(2)), header: { alg: 'HS512' } }),
      'with RS256': async () => anOffer({}, { key: (await generateKeyPair('RS256')).privateKey, header: { alg: 'RS256' } }),
      'with a key of its own in the header': async () => {
        const { privateKey, publicKey } = await generateKeyPair('ES256');
        return anOffer({}, { key: privateKey, header: { alg: 'ES256', jwk: await exportJWK(publicKey) } });
      },
      'with a symmetric key of its own in the header': () => {
        const key = randomBytes(32);
        return anOffer({}, { key, header: { ...HS256, jwk: { kty: 'oct', k: key.toString('base64url') } } });
      },
      'with the address of a key': () => anOffer({}, { header: { ...HS256, jku: 'https://evil.example/keys' } }),
      'with the name of a key': () => anOffer({}, { header: { ...HS256, kid: '../../dev/null' } }),
      'with what must be understood': () =>
        anOffer({}, { header: { ...HS256, crit: ['urn:x'], 'urn:x': 1 }, critical: { 'urn:x': true } }),
      encrypted: () =>
        new EncryptJWT({ ...CLAIMS, exp: inSeconds(3600) })
          .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
          .encrypt(bytes(OFFER_KEY).slice(0, 32)),
      'longer than any offer': () => anOffer({ note: 'x'.repeat(2048) }),
    };
    for (const [what, make] of Object.entries(forged)) {
      test(what, async () => refused({ offer: await make() }, 'invalid_offer'));
    }
  });

  describe('that is signed and still cannot be sold is refused with the name of the claim:', () => {
    const wrong = {
      sku: [undefined, null, 7, '', 'tea pot', 'x'.repeat(33), '../x'],
      name: [undefined, null, 7, '', ' ', 'a\u0001b', 'x&total_fee=1'],
      amount: [undefined, null, 0, -1, 88.5, 1e300, 2 ** 31, 2 ** 53, '8800', true, [8800], { minor: 8800 }],
      currency: [undefined, null, 344, '', 'hkd', 'HK', 'HKDD'],
      max_quantity: [0, -1, 1.5, 2 ** 32, '5'],
      exp: [undefined, null, inSeconds(3600) + 0.5, -1, String(inSeconds(3600)), Date.now()],
    };
    for (const [name, values] of Object.entries(wrong)) {
      test(name, async () => {
        for (const value of values) {
          const claims = { ...CLAIMS, exp: inSeconds(3600), [name]: value };
          const detail = await refused({ offer: await signedText(JSON.stringify(claims)) }, 'invalid_offer');
          assert.ok(detail.includes(`\`${name}\``), `${value}: ${detail}`);
        }
      });
    }

    test('a price said twice, or in no object', async () => {
      const claims = JSON.stringify({ ...CLAIMS, exp: inSeconds(3600) });
      const texts = [claims.replace('{', '{"amount":1,'), `[${claims}]`, claims + claims, 'null', '', '['.repeat(1000)];
      for (const text of texts) await refused({ offer: await signedText(text) }, 'invalid_offer');
    });
  });

  test('of which none, too many or too much for one payment is wanted is refused', async () => {
    const offer = await anOffer();
    for (const quantity of [0, 6, 2 ** 32 - 1]) await refused({ offer, quantity }, 'invalid_quantity');
    const dear = await anOffer({ amount: 2 ** 31 - 1, max_quantity: 2 ** 32 - 1 });
    for (const quantity of [2, 2 ** 32 - 1]) await refused({ offer: dear, quantity }, 'invalid_quantity');
  });

  test('has its price inside: one beside it, goods beside it or half of one are refused', async () => {
    const offer = await anOffer();
    for (const body of [
      { offer, amount: 1 },
      { offer, currency: 'JPY' },
      { offer, name: 'x' },
      { offer, ...lines() },
      { ...lines(), quantity: 1 },
      { quantity: 1 },
      { offer: null, ...lines() },
      { offer: [offer] },
      { offer: { offer } },
      { offer, quantity: 0.5 },
      { offer, quantity: -1 },
      { offer, quantity: '1' },
      { offer, quantity: null },
      `{"offer":"${offer}","offer":"${offer}"}`,
    ]) {
      await refused(body, 'invalid_body', 400);
    }
  });

  describe('is taken', () => {
    /** The output of this program, with the key in its environment. */
    async function printed(program, ...parameters) {
      const options = { cwd: ROOT, env: { ...process.env, OFFER_KEY } };
      return (await promisify(execFile)(program, parameters, options)).stdout.trim();
    }

    test('when it is made as the README says', async () => {
      const readme = await readFile(join(ROOT, 'crates', 'edge', 'README.md'), 'utf8');
      const [, example] = /```js\n(\/\/ offer\.mjs.*?)```/s.exec(readme);
      const offer = await printed(process.execPath, '--input-type=module', '--eval', example);
      assert.equal((await shop.placePayable({ offer, quantity: 2 })).view.amount.minor, 17_600);
    });

    test('when `cargo xtask offer` has made it', async () => {
      const claims = ['--sku', 'tea', '--name', 'A “tea” set', '--amount', '8800', '--currency', 'HKD', '--max-quantity', '2', '--max-orders', '1', '--days', '1'];
      const offer = await printed(fromEnvironment('XTASK_BIN'), 'offer', ...claims);
      const { view } = await shop.placePayable({ offer, quantity: 2 });
      assert.equal(view.amount.minor, 17_600);
      assert.equal(view.description, 'A “tea” set x 2');
      assert.ok(Math.abs(decodeJwt(offer).exp - inSeconds(24 * 60 * 60)) < 60);
      assertProblem(await shop.place({ offer }), 'offer_used_up');
    });
  });
});

test('while OFFER_KEY is changed, offers of the key before are taken, and those of no other', async () => {
  const next = randomBytes(32).toString('base64url');
  const stage = await setStage({ vars: { OFFER_KEY: next, OFFER_KEY_PREVIOUS: OFFER_KEY } });
  try {
    for (const key of [next, OFFER_KEY]) await stage.shop.placePayable({ offer: await anOffer({}, { key: bytes(key) }) });
    const other = await anOffer({}, { key: randomBytes(32) });
    assertProblem(await stage.shop.place({ offer: other }), 'invalid_offer');
  } finally {
    await stage.stop();
  }
});

describe('a Worker without OFFER_KEY', () => {
  test('takes no offers, and says so', async () => {
    const stage = await setStage();
    try {
      const answer = await stage.shop.place({ offer: await anOffer() });
      assertProblem(answer, 'offers_not_accepted');
      assert.match(answer.json.detail, /OFFER_KEY/);
      await stage.shop.placePayable();
    } finally {
      await stage.stop();
    }
  });

  test('is not the same as one whose OFFER_KEY protects nothing: that one sells nothing, and its log says why', async () => {
    const short = 'short-offer-key';
    const stage = await setStage({ vars: { OFFER_KEY: short } });
    try {
      assertProblem(await stage.shop.place({ offer: await anOffer() }), 'misconfigured', 500);
      const log = stage.worker.log.join('\n');
      assert.match(log, /OFFER_KEY: it must have at least 32 characters/);
      assert.ok(!log.includes(short), log);
    } finally {
      await stage.stop();
    }
  });
});

test('what was ordered is found by its key though nothing can be priced so any more', () =>
  withMortalWorker(async ({ gateway, start, kill }) => {
    const { shop } = await start({ OFFER_KEY });
    const key = anIdempotencyKey();
    const wish = { offer: await anOffer(), quantity: 1 };
    const order = await shop.placePayable(wish, { key });
    await gateway.pay(order.view.code_url);
    await shop.becomes('paid', order);
    await kill();
    // The merchant withdraws its prices.
    const later = (await start({ OFFER_KEY: 'another key of this merchant, 32' })).shop;
    const again = await later.place(wish, { key });
    assert.deepEqual([again.status, again.json.order?.id, again.json.order?.status], [200, order.id, 'paid'], again.text);
    assertProblem(await later.place(wish), 'invalid_offer');
  }));
