// The threat model in SECURITY.md names tests that there are, and speaks of every route of the Worker.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { ROOT } from '../support/project.mjs';
import { codeSpans } from '../support/project/markdown.mjs';
import { missing } from '../support/project/promises.mjs';
import { THREATS, readThreats, routesOf } from '../support/project/threats.mjs';

const read = (path) => readFileSync(join(ROOT, path), 'utf8');
const threats = readThreats(read(THREATS));

/** The routes of the sources: the Worker's own, the merchant's below `/admin/api`, and the pages without a script. */
function routes() {
  const [own, admin] = read('crates/edge/src/routes/route.rs').split('pub(crate) enum AdminRoute');
  return [...routesOf(own), ...routesOf(admin.split('\n}')[0], '/admin/api'), ...routesOf(read('crates/edge/src/routes/checkout/route.rs'))];
}

describe('the threat model', () => {
  test('names tests that there are', () => {
    assert.ok(threats.length > 20);
    const all = threats.flatMap(({ proofs, line }) => proofs.map((each) => ({ ...each, at: `${THREATS}:${line}` })));
    assert.deepEqual(all.flatMap((each) => missing(ROOT, each) ?? []), []);
  });

  test('has a row for each route', () => {
    const all = routes();
    assert.ok(all.length > 18, all.join(', '));
    const named = threats.flatMap(({ who }) => codeSpans(who));
    const everyPost = threats.some(({ who }) => who.includes('every `POST` below `/admin/api`'));
    const covered = (route) => named.includes(route) || (everyPost && route.startsWith('POST /admin/api/'));
    assert.deepEqual(all.filter((route) => !covered(route)), []);
  });

  test('notices a row without a proof, and a route without a row', () => {
    const table = (row) => `| who | gain | stop | what proves it |\n| --- | --- | --- | --- |\n${row}\n`;
    assert.throws(() => readThreats(table('| anybody | money | nothing | |')), /which tests prove it/);
    assert.equal(readThreats(table('| anybody | money | a key | `lint: wire` |')).length, 1);
    assert.deepEqual(routesOf('    /// `GET /new/{id}`, a route\n    New,\n', '/admin'), ['GET /admin/new/{id}']);
  });
});
