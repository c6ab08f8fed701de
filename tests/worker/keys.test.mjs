// The keys of the merchant's systems: what each may do, what is written down of it, and what a wrong one is told.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { BACK_OFFICE, BackOffice, makeKey } from '../support/shop/back-office.mjs';
import { onStage } from '../support/stage.mjs';
import { throughout, until } from '../support/until.mjs';

const READS = makeKey('books', 'read');
const WRITES = makeKey('till', 'read+write');
const REFUNDS = makeKey('returns', 'refund');
const KEYS = { vars: { ...BACK_OFFICE.vars, ADMIN_KEYS: [READS, WRITES, REFUNDS].map(({ line }) => line).join(', ') } };

describe('a Worker with several keys', () => {
  const stage = onStage({ ...BACK_OFFICE, ...KEYS });
  const office = ({ key }) => new BackOffice(stage.worker, key);
  const paid = async () => {
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    await stage.shop.becomes('paid', order);
    return order;
  };
  const audit = async (query = '') => (await office(READS).audit(query)).json;

  test('ADMIN_KEYS are the keys of the merchant’s systems, each for its roles', async () => {
    const order = await paid();
    const uses = {
      read: (by) => by.history(order.id),
      write: (by) => by.query(order.id),
      refund: (by) => by.refund(order.id, { out_refund_no: 'R1', amount_minor: 1 }),
    };
    const may = async (key, role) => {
      const { status, json } = await uses[role](office(key));
      if (status === 403) assert.match(json.detail, new RegExp(`does not have the role \`${role}\``));
      return status;
    };
    const statuses = {};
    for (const [name, key] of Object.entries({ READS, WRITES, REFUNDS })) {
      statuses[name] = [await may(key, 'read'), await may(key, 'write'), await may(key, 'refund')];
    }
    assert.deepEqual(statuses, { READS: [200, 403, 403], WRITES: [200, 200, 403], REFUNDS: [403, 403, 200] });
    assert.equal((await new BackOffice(stage.worker).list()).status, 200, 'the token of before opens as before');
  });

  test('a key learns what it is called and may do, and the shop’s time zone', async () => {
    const own = async (by) => (await by.ownKey()).json;
    assert.deepEqual(await own(office(WRITES)), { name: 'till', roles: ['read', 'write'], time_zone: 'Asia/Hong_Kong' });
    assert.deepEqual((await own(new BackOffice(stage.worker))).roles, ['read', 'write', 'refund']);
    assert.equal((await own(office(REFUNDS))).code, 'role_required');
    assert.equal((await own(new BackOffice(stage.worker, 'x'.repeat(40)))).code, 'key_required');
  });

  test('a change names its key in the order’s history and in the audit log', async () => {
    const order = await paid();
    await office(REFUNDS).refund(order.id, { out_refund_no: 'R1', amount_minor: 2 });
    await office(READS).cancel(order.id);
    const { events } = (await office(READS).history(order.id)).json;
    const asked = events.find(({ what }) => what.name === 'refund_requested');
    assert.deepEqual([asked.who, asked.key], ['merchant', 'returns']);
    assert.ok(events.every(({ who, key }) => who === 'merchant' || key === undefined));
    const mine = (await audit()).audit.filter(({ out_trade_no }) => out_trade_no === order.id);
    assert.deepEqual(
      mine.map(({ key, action, status }) => [key, action, status]),
      [['books', 'cancel', 403], ['returns', 'refund', 200]],
    );
    assert.ok(Math.abs(Date.parse(mine[0].at) - Date.now()) < 60_000);
    assert.equal(Date.parse(mine[0].at), mine[0].at_ms);
    const told = ({ audit: action, key, out_trade_no: id }) => action === 'refund' && key === 'returns' && id === order.id;
    await until('the log has the use', () => stage.worker.uses.some(told));
    await until('it has what was only read', () => stage.worker.uses.some(({ audit: action, key }) => action === 'order' && key === 'books'));
  });

  test('the audit log has pages, and none of them loses or repeats a row', async () => {
    const order = await stage.shop.placePayable();
    for (let n = 0; n < 5; n += 1) await office(WRITES).query(order.id);
    const whole = (await audit('?limit=200')).audit.map(({ id }) => id);
    const seen = [];
    for (let path = '?limit=2'; path; ) {
      const page = await audit(path);
      seen.push(...page.audit.map(({ id }) => id));
      path = page.next?.replace('/admin/api/audit', '');
    }
    assert.deepEqual(seen, whole);
    for (const query of ['?limit=0', '?page=2', '?cursor=x']) {
      assert.equal((await office(READS).audit(query)).json.code, 'invalid_query', query);
    }
  });

  test('a wrong key is told what to send, and is a line of the log without the key', async () => {
    const wrong = makeKey('x', 'read').key;
    const { status, json, headers } = await office({ key: wrong }).list();
    assert.deepEqual([status, json.code, headers.get('www-authenticate')], [401, 'key_required', 'Bearer error="invalid_token"']);
    assert.match(json.detail, /Authorization: Bearer <key>/);
    const none = await office({ key: '' }).list();
    assert.deepEqual([none.status, none.headers.get('www-authenticate')], [401, 'Bearer']);
    await until('it is logged', () => stage.worker.uses.some(({ audit: action, key, status: said }) => action === 'list' && !key && said === 401));
    assert.ok(!stage.worker.log.some((line) => line.includes(wrong)));
    assert.ok(!(await audit()).audit.some((row) => row.status === 401), 'a stranger writes no row');
  });
});

describe('a Worker that limits wrong keys', () => {
  const ratelimits = { LIMIT_FAILED_KEYS: { namespace_id: 'keys', simple: { limit: 2, period: 60 } } };
  const stage = onStage({ ...BACK_OFFICE, platform: { ...BACK_OFFICE.platform, ratelimits } });

  test('LIMIT_FAILED_KEYS is how many wrong keys of one address are answered and logged', async () => {
    const statuses = [];
    for (let n = 0; n < 8; n += 1) statuses.push((await new BackOffice(stage.worker, 'w'.repeat(40)).list()).status);
    const refused = statuses.filter((status) => status === 429).length;
    assert.ok(refused >= 4 && statuses[0] === 401, statuses.join());
    const lines = () => stage.worker.uses.filter(({ status }) => status === 401).length;
    await throughout('the others are not logged', () => lines() <= 4);
    assert.equal((await new BackOffice(stage.worker).list()).status, 200, 'a right key is never limited');
  });
});

describe('a Worker whose index is down', () => {
  const stage = onStage({ vars: BACK_OFFICE.vars, platform: { ...BACK_OFFICE.platform, d1Databases: {} } });

  test('does what the key asks, and the order’s history names the key', async () => {
    const order = await stage.shop.placePayable();
    const office = new BackOffice(stage.worker);
    assert.equal((await office.cancel(order.id)).status, 200);
    const { events } = (await office.history(order.id)).json;
    assert.equal(events.find(({ what }) => what.name === 'cancel_requested').key, 'admin');
    assert.equal((await office.audit()).json.code, 'misconfigured');
  });
});
