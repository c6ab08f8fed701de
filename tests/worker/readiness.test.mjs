// Readiness: before the first customer comes, the merchant asks the Worker whether all is right. Each thing that can be wrong
// is told by its name, with what was seen and how to mend it. A stranger who asks /healthz learns yes or no.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startGateway } from '../support/gateway/gateway.mjs';
import { aMerchant } from '../support/gateway/merchant.mjs';
import { startSimulator } from '../support/gateway/simulator.mjs';
import { ADMIN_TOKEN, BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { CATALOG, GOODS } from '../support/shop/catalog.mjs';
import { OFFER_KEY } from '../support/shop/offer.mjs';
import { GATEWAYS, setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';
import { startReceiver, WEBHOOK_SECRET } from '../support/worker/webhook-receiver.mjs';
import { startWorker } from '../support/worker/worker.mjs';

const LIMITS = ['LIMIT_ORDERS_PER_ADDRESS', 'LIMIT_ORDERS', 'LIMIT_READS_PER_ADDRESS', 'LIMIT_FORGERIES', 'LIMIT_FAILED_KEYS'];
const ratelimits = Object.fromEntries(LIMITS.map((name) => [name, { namespace_id: name, simple: { limit: 1000, period: 60 } }]));
const PLATFORM = { ...BACK_OFFICE.platform, ratelimits };

/** The checks of a report by their names. Several checks of one name are a list. */
function byName({ checks }) {
  const named = {};
  for (const check of checks) (named[check.name] ??= []).push(check);
  return named;
}

/** What is not as it must be: `name: seen`. */
const failed = ({ checks }) => checks.filter(({ outcome }) => outcome === 'failed').map(({ name, seen }) => `${name}: ${seen}`);

/** Exactly this check has failed, it says so, and it says how to mend it. */
function assertFailed(report, name, seen, mend) {
  assert.equal(report.ready, false);
  const [check] = byName(report)[name] ?? [];
  assert.equal(check?.outcome, 'failed', JSON.stringify(report, null, 1));
  assert.match(check.seen, seen);
  assert.match(check.mend, mend);
  assert.deepEqual(failed(report).filter((each) => !each.startsWith(`${name}:`)), []);
}

/** A stage in which all is well, but for what a test changes. */
async function staged({ start = startSimulator, merchant, vars, platform, sweeps = true } = {}, play) {
  const stage = await setStage({ start, merchant, vars: { ...BACK_OFFICE.vars, ...vars }, platform: { ...PLATFORM, ...platform } });
  try {
    if (sweeps) await (await stage.worker.miniflare.getWorker()).scheduled({ cron: '*/10 * * * *' });
    const office = new BackOffice(stage.worker);
    await play({ ...stage, office, report: async () => (await office.readiness()).json });
  } finally {
    await stage.stop();
  }
}

describe('a Worker in which all is as it must be', () => {
  let receiver;
  before(async () => (receiver = await startReceiver()));
  after(() => receiver?.stop());

  test('is ready, and says what it has seen', () =>
    staged({ vars: { WEBHOOK_URL: receiver.url, WEBHOOK_SECRET } }, async ({ office }) => {
      const { status, json } = await office.testReadiness();
      assert.equal(status, 200);
      assert.deepEqual(failed(json), []);
      assert.equal(json.ready, true);
      assert.ok(Math.abs(Date.now() - json.checked_at_ms) < 60_000);
      const seen = byName(json);
      const names = ['account', 'catalogue', 'certificate', 'clock', 'gateway_host', 'index', 'migrations', 'notify_address'];
      names.push('rate_limits', 'receiver', 'refund_notify_address', 'settings', 'sweep', 'workers_dev');
      assert.deepEqual(Object.keys(seen).toSorted(), names);
      for (const [check] of Object.values(seen)) assert.equal(check.outcome, 'ok', JSON.stringify(check));
      assert.match(seen.gateway_host[0].seen, /answered in \d+ ms/);
      assert.match(seen.account[0].seen, /WECHAT_SIGN_TYPE \(HMAC-SHA256\) fit/);
    }));

  test('sends a signed test event to the receiver by POST, and nothing by GET', () =>
    staged({ vars: { WEBHOOK_URL: receiver.url, WEBHOOK_SECRET } }, async ({ office }) => {
      const before = receiver.received.length;
      const [{ outcome }] = byName((await office.readiness()).json).receiver;
      assert.equal(outcome, 'not_checked');
      assert.equal(receiver.received.length, before);
      await office.testReadiness();
      const [{ id, event }] = receiver.received.slice(before);
      assert.match(id, /^readiness-/);
      assert.deepEqual([event.type, event.data], ['readiness.test', { kind: 'readiness.test' }]);
      for (const [answer, seen] of [[500, /HTTP 500/], [410, /HTTP 410/], ['no answer', /no connection/], [{ status: 302, headers: { location: '/x' } }, /redirect/]]) {
        receiver.refuse(answer);
        assertFailed((await office.testReadiness()).json, 'receiver', seen, /readiness\.test/);
      }
    }));

  test('asks WeChat Pay only for an order that nobody has, and places none', () =>
    staged({ start: startGateway }, async ({ gateway, report }) => {
      await report();
      assert.deepEqual(gateway.calls.map(({ call }) => call), ['orderquery']);
      assert.match(gateway.calls[0].fields.out_trade_no, /^readiness[0-9a-f]{23}$/);
      assert.deepEqual(await gateway.orderNumbersSeen(), []);
    }));
});

describe('the readiness is for the merchant alone:', () => {
  for (const [what, token] of [['without a token', ''], ['with another token', 'another token of the tests, 40 characters']]) {
    test(`${what} there is no such route`, () =>
      staged({}, async ({ worker, gateway }) => {
        const stranger = new BackOffice(worker, token);
        for (const ask of [() => stranger.readiness(), () => stranger.testReadiness()]) {
          const { status, json } = await ask();
          assert.ok([401, 404].includes(status));
          assert.equal(json.checks, undefined);
        }
        assert.deepEqual(await gateway.orders(), []);
      }));
  }
});

for (const { name, start } of GATEWAYS) {
  describe(`the account, before ${name}:`, () => {
    const wrong = [
      ['another key', { WECHAT_API_KEY: 'f00df00d0badc0de0123456789abcdef' }, /signature.*签名错误/, /WECHAT_API_KEY is not the API key/],
      ['another merchant number', { WECHAT_MCH_ID: '1900000109' }, /mch_id/, /Correct WECHAT_MCH_ID/],
      ['another app ID', { WECHAT_APPID: 'wxd678efh567hg6787' }, /appid/, /WECHAT_APPID/],
    ];
    for (const [what, vars, seen, mend] of wrong) {
      test(`${what} is told, with what to correct`, () =>
        staged({ start, vars }, async ({ report }) => {
          const [account] = byName(await report()).account;
          assert.equal(account.outcome, 'failed', JSON.stringify(account));
          assert.match(account.seen, seen);
          assert.match(account.mend, mend);
        }));
    }
  });
}

describe('the account:', () => {
  test('a merchant that takes only MD5 is told to set it', () =>
    staged({ vars: { WECHAT_SIGN_TYPE: 'HMAC-SHA256' }, merchant: { signType: 'MD5' } }, async ({ report }) => {
      assertFailed(await report(), 'account', /does not take the signature/, /Set WECHAT_SIGN_TYPE = "MD5"/);
    }));

  test('a key that was changed here and not there is told apart from a wrong one', () => {
    const merchant = aMerchant();
    const vars = { WECHAT_API_KEY: 'f00df00d0badc0de0123456789abcdef', WECHAT_API_KEY_PREVIOUS: merchant.key };
    return staged({ merchant, vars }, async ({ report }) => {
      assertFailed(await report(), 'account', /does not take the signature/, /WECHAT_API_KEY_PREVIOUS still fits/);
    });
  });

  const refusals = [
    ['refused-merchant', /暂不支持/, /Native payment opened/],
    ['refused-product', /权限未开通/, /Native payment opened/],
    ['refused-mch-id', /mch_id/, /WECHAT_MCH_ID/],
    ['no-auth', /NOAUTH/, /Native payment opened/],
    ['html-403', /HTTP 403/, /WECHAT_GATEWAY/],
    ['another-merchant', /about another merchant/, /WECHAT_MCH_ID/],
  ];
  for (const [fault, seen, mend] of refusals) {
    test(`when WeChat Pay answers as by the fault ${fault}, what to do is told`, () =>
      staged({}, async ({ gateway, report }) => {
        await gateway.switch({ faults: [{ name: fault, call: 'query-order' }] });
        const [account] = byName(await report()).account;
        assert.equal(account.outcome, 'failed', JSON.stringify(account));
        assert.match(account.seen, seen);
        assert.match(account.mend, mend);
      }));
  }

  for (const fault of ['refused-busy', 'system-error', 'drop-before', 'truncated', 'html-502']) {
    test(`when WeChat Pay does not answer, as by the fault ${fault}, nothing is said of the account`, () =>
      staged({}, async ({ gateway, report }) => {
        await gateway.switch({ faults: [{ name: fault, call: 'query-order' }] });
        const seen = byName(await report());
        assert.equal(seen.account[0].outcome, 'not_checked', JSON.stringify(seen.account));
        assert.equal(seen.gateway_host[0].outcome, 'failed');
        assert.match(seen.gateway_host[0].mend, /another host/);
      }));
  }

  test('each host of the gateway is asked, and the one that is down is named', () =>
    staged({ start: startGateway }, async ({ gateway, worker }) => {
      const dead = 'http://127.0.0.1:9';
      const two = await startWorker({ gateway, vars: { ...BACK_OFFICE.vars, WECHAT_GATEWAY: `${dead},${gateway.url}` }, platform: PLATFORM });
      try {
        const { gateway_host: hosts, account, clock } = byName((await new BackOffice(two).readiness()).json);
        assert.deepEqual(hosts.map(({ outcome }) => outcome), ['failed', 'ok']);
        assert.ok(hosts[0].seen.startsWith(dead), hosts[0].seen);
        assert.deepEqual([account[0].outcome, clock[0].outcome], ['ok', 'ok'], 'the other host says it');
      } finally {
        await two.stop();
      }
      assert.ok(worker);
    }));
});

describe('this machine:', () => {
  test('without a certificate nothing can be refunded, and it is told where to get one', () =>
    staged({ platform: { serviceBindings: {} } }, async ({ report }) => {
      assertFailed(await report(), 'certificate', /nothing can be refunded/, /mtls-certificate upload/);
    }));

  test('a certificate that WeChat Pay does not take is told', () => {
    const without = async (request) => fetch(request.url, { method: request.method, body: await request.arrayBuffer() });
    return staged({ platform: { serviceBindings: { WECHAT_CERT: without } } }, async ({ report }) => {
      assertFailed(await report(), 'certificate', /does not take the certificate.*HTTP 400/, /expired/);
    });
  });

  test('a clock that differs from the gateway’s is told', () => {
    const late = async (request) => {
      const answer = await fetch(request.url, { method: request.method, headers: request.headers, body: request.method === 'POST' ? await request.arrayBuffer() : undefined, redirect: 'manual' });
      const headers = new Headers(answer.headers);
      headers.set('date', new Date(Date.now() - 3_600_000).toUTCString());
      headers.delete('content-encoding');
      return new Response(await answer.arrayBuffer(), { status: answer.status, headers });
    };
    return staged({ platform: { outboundService: late } }, async ({ report }) => {
      assertFailed(await report(), 'clock', /differs from the gateway's by 3(599|60\d) s/, /Set the clock/);
    });
  });

  test('limits that are not bound are named', () => {
    const { LIMIT_ORDERS, LIMIT_FORGERIES } = ratelimits;
    return staged({ platform: { ratelimits: { LIMIT_ORDERS, LIMIT_FORGERIES } } }, async ({ report }) => {
      assertFailed(await report(), 'rate_limits', /LIMIT_ORDERS_PER_ADDRESS, LIMIT_READS_PER_ADDRESS/, /ratelimits/);
    });
  });

  test('without an index it is told what is missing without one', () =>
    staged({ platform: { d1Databases: {} }, sweeps: false }, async ({ report }) => {
      assertFailed(await report(), 'index', /no list, no inbox and no sweep/, /INDEX/);
    }));

  test('a sweep that never came is told, and one of long ago', () =>
    staged({ sweeps: false }, async ({ worker, report }) => {
      assertFailed(await report(), 'sweep', /never came/, /crons/);
      await (await worker.miniflare.getWorker()).scheduled({ cron: '*/10 * * * *' });
      assert.equal(byName(await report()).sweep[0].outcome, 'ok');
      const index = await worker.miniflare.getD1Database('INDEX');
      await index.prepare('UPDATE sweep_end SET at_ms = ?1').bind(Date.now() - 31 * 60_000).run();
      assertFailed(await report(), 'sweep', /31 minutes ago/, /crons/);
    }));

  test('tables that are older than this Worker are told', () =>
    staged({}, async ({ worker, report }) => {
      const index = await worker.miniflare.getD1Database('INDEX');
      await index.prepare('DELETE FROM schema_version WHERE version > 1').run();
      assertFailed(await report(), 'migrations', /has version 1/, /next sweep/);
    }));
});

describe('the catalogue:', () => {
  const wrong = {
    'is no JSON': ['{', /must be a JSON object/],
    'has an item without a price': [JSON.stringify({ ...CATALOG, items: [GOODS, { ...GOODS, sku: 'free', amount_minor: 0 }] }), /items\[1\] \(free\): `amount_minor`/],
    'has a fraction of a cent': [JSON.stringify({ ...CATALOG, items: [{ ...GOODS, amount_minor: 99.5 }] }), /items\[0\] .*`amount_minor` must be a whole number/],
    'has no such currency': [JSON.stringify({ ...CATALOG, currency: 'HK$' }), /`currency` must be the three upper-case letters/],
    'has nothing in it': [JSON.stringify({ ...CATALOG, items: [] }), /nothing can be sold/],
    'is not there': [undefined, /404/],
  };
  for (const [what, [text, seen]] of Object.entries(wrong)) {
    test(`one that ${what} is told to the merchant, and strangers learn that the shop is not ready`, () => {
      const serve = async () => new Response(text ?? 'not found', { status: text === undefined ? 404 : 200 });
      const serviceBindings = { ...BACK_OFFICE.platform.serviceBindings, ASSETS: serve };
      return staged({ platform: { assets: undefined, serviceBindings } }, async ({ worker, report }) => {
        assertFailed(await report(), 'catalogue', seen, /catalog\.json/);
        await assertNotReady(worker);
        await until('the log says why', () => worker.log.some((line) => line.includes('the Worker is not ready') && seen.test(line)));
      });
    });
  }

  test('a site without one that sells by offers is ready', () => {
    const serviceBindings = { ...BACK_OFFICE.platform.serviceBindings, ASSETS: async () => new Response('', { status: 404 }) };
    return staged({ vars: { OFFER_KEY }, platform: { assets: undefined, serviceBindings } }, async ({ worker, report }) => {
      const seen = await report();
      assert.deepEqual(failed(seen), []);
      assert.equal(byName(seen).catalogue[0].outcome, 'not_checked');
      assert.equal((await fetch(`${worker.url}/healthz`)).status, 200);
    });
  });
});

/** A stranger learns that the shop is not ready, and nothing else. */
async function assertNotReady(worker, ask = (init) => fetch(`${worker.url}/healthz`, init)) {
  const answer = await ask();
  assert.deepEqual([answer.status, await answer.text()], [503, '{"ready":false}']);
  const head = await ask({ method: 'HEAD' });
  assert.deepEqual([head.status, await head.text()], [503, '']);
}

test('/healthz says ready to anybody, by GET and HEAD, and asks nobody outside', () =>
  staged({ start: startGateway }, async ({ worker, gateway }) => {
    const answer = await fetch(`${worker.url}/healthz`);
    assert.deepEqual([answer.status, await answer.text()], [200, '{"ready":true}']);
    assert.deepEqual([answer.headers.get('content-type'), answer.headers.get('cache-control')], ['application/json', 'no-store']);
    const head = await fetch(`${worker.url}/healthz`, { method: 'HEAD' });
    assert.deepEqual([head.status, await head.text()], [200, '']);
    assert.deepEqual(gateway.calls, []);
  }));

test('a stranger who asks /healthz again and again has the catalogue read once in ten seconds', () => {
  let reads = 0;
  const serve = async () => {
    reads += 1;
    return Response.json(CATALOG);
  };
  const serviceBindings = { ...BACK_OFFICE.platform.serviceBindings, ASSETS: serve };
  return staged({ platform: { assets: undefined, serviceBindings } }, async ({ worker }) => {
    const began = Date.now();
    for (let asked = 0; asked < 50; asked += 1) assert.equal((await fetch(`${worker.url}/healthz`)).status, 200);
    const most = 1 + Math.ceil((Date.now() - began) / 10_000);
    assert.ok(reads >= 1 && reads <= most, `${reads} times`);
  });
});

// A live shop is not on this machine. What it asks outside is answered here: by its own address, by the gateway, by a receiver.
describe('a live shop', () => {
  const ORIGIN = 'https://pay.teahouse.hk';
  const SHOP = { ...CATALOG, shop: 'Teahouse of the tests' };
  const LIVE = { ...BACK_OFFICE.vars, DEMO_PHONE_URL: '', WECHAT_GATEWAY: '', NOTIFY_BASE_URL: ORIGIN };
  let gateway;
  before(async () => (gateway = await startSimulator({ merchant: aMerchant({ appid: 'wxd678efh567hg6787', mchId: '1230000109' }) })));
  after(() => gateway?.stop());

  /** The live shop whose own address answers as `front` says, or as itself. */
  async function live({ vars = {}, front, catalog = SHOP, url = ORIGIN }, play) {
    let worker;
    const outboundService = async (request) => {
      const { host, pathname } = new URL(request.url);
      const init = { method: request.method, headers: request.headers, body: await request.arrayBuffer(), redirect: 'manual' };
      if (host === 'apihk.mch.weixin.qq.com') return fetch(`${gateway.url}${pathname}`, init);
      if (host !== 'pay.teahouse.hk') return new Response('nobody', { status: 530 });
      return (await front?.(pathname)) ?? worker.miniflare.dispatchFetch(request.url, init);
    };
    const withCertificate = (request) => {
      const { pathname } = new URL(request.url);
      return BACK_OFFICE.platform.serviceBindings.WECHAT_CERT(new Request(`${gateway.url}${pathname}`, request));
    };
    const serviceBindings = { WECHAT_CERT: withCertificate, ASSETS: async () => Response.json(catalog) };
    worker = await startWorker({ gateway, vars: { ...LIVE, ...vars }, platform: { ratelimits, outboundService, serviceBindings, assets: undefined } });
    try {
      await (await worker.miniflare.getWorker()).scheduled({ cron: '*/10 * * * *' });
      const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
      const ask = (path, init) => worker.miniflare.dispatchFetch(`${url}${path}`, init);
      const report = async () => (await ask('/admin/api/readiness', { headers })).json();
      await play({ worker, report, ask });
    } finally {
      await worker.stop();
    }
  }

  test('that has an account, an address and goods of its own is ready', () =>
    live({}, async ({ report, ask }) => {
      const seen = await report();
      assert.deepEqual(failed(seen), []);
      assert.match(byName(seen).notify_address[0].seen, /leads to this Worker/);
      assert.equal(await (await ask('/healthz')).text(), '{"ready":true}');
    }));

  const fronts = {
    'has moved': [() => new Response('', { status: 301, headers: { location: 'https://www.teahouse.hk/' } }), /HTTP 301, a redirect to https:\/\/www/, /exempt \/notify/],
    'challenges its visitors': [() => new Response('Just a moment', { status: 403, headers: { 'cf-mitigated': 'challenge' } }), /proof of being human/, /bot protection/],
    'has a page of another server': [() => new Response('<!doctype html>', { status: 200 }), /something else answers/, /own address/],
    'is of another Worker': [() => new Response('<xml><return_code><![CDATA[FAIL]]></return_code></xml>'), /another Worker/, /own address/],
    'is nowhere': [() => new Response('error code: 1016', { status: 530 }), /something else answers there \(HTTP 530\)/, /own address/],
  };
  for (const [what, [front, seen, mend]] of Object.entries(fronts)) {
    test(`whose address for notifications ${what} is told so`, () =>
      live({ front: (path) => (path === '/notify/wechat' ? front() : undefined) }, async ({ report }) => {
        assertFailed(await report(), 'notify_address', seen, mend);
      }));
  }

  test('whose address for refunds alone is challenged is told so', () =>
    live({ front: (path) => (path.endsWith('/refund') ? fronts['challenges its visitors'][0]() : undefined) }, async ({ report }) => {
      assertFailed(await report(), 'refund_notify_address', /proof of being human/, /bot protection/);
    }));

  const examples = {
    WECHAT_APPID: 'wx5c1f9e2a7d3b6048',
    WECHAT_MCH_ID: '1634117205',
    NOTIFY_BASE_URL: 'https://pay.example.com',
    ALLOWED_ORIGINS: 'https://shop.example.com',
  };
  for (const [name, value] of Object.entries(examples)) {
    test(`that still has ${name} of the example is not ready, and the merchant is told which`, () =>
      live({ vars: { [name]: value } }, async ({ worker, report, ask }) => {
        const [check] = byName(await report()).examples;
        assert.deepEqual([check.outcome, check.seen.startsWith(name)], ['failed', true], check.seen);
        await assertNotReady(worker, (init) => ask('/healthz', init));
      }));
  }

  test('that still has the catalogue of the example is not ready', () =>
    live({ catalog: CATALOG }, async ({ worker, report, ask }) => {
      assertFailed(await report(), 'catalogue', /still the example's/, /Correct catalog\.json/);
      await assertNotReady(worker, (init) => ask('/healthz', init));
    }));

  test('that is used at workers.dev is told that its firewall does not hold there', () =>
    live({ url: 'https://wechatpay-edge.me.workers.dev' }, async ({ report }) => {
      assertFailed(await report(), 'workers_dev', /wechatpay-edge\.me\.workers\.dev/, /workers_dev = false/);
    }));

  test('whose configuration has mistakes tells them to its merchant, each with its name and no secret, and to nobody else', () => {
    const vars = { ORDER_SECRET: 'short-secret', ORDER_EXPIRES_MINUTES: '5', WECHAT_MCH_ID: '' };
    return live({ vars }, async ({ worker, report, ask }) => {
      const seen = await report();
      assert.equal(seen.ready, false);
      const told = byName(seen).settings.map((check) => check.seen).join(' ');
      for (const name of Object.keys(vars)) assert.match(told, new RegExp(name));
      assert.ok(!JSON.stringify(seen).includes('short-secret'));
      assert.equal(byName(seen).account, undefined, 'nobody is asked with such a configuration');
      const stranger = await ask('/admin/api/readiness', { headers: { authorization: 'Bearer of somebody else' } });
      assert.doesNotMatch(await stranger.text(), /WECHAT|ORDER_/);
      await assertNotReady(worker, (init) => ask('/healthz', init));
    });
  });
});
