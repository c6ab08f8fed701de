// The Worker's part of WebCrypto, in Node, whose WebCrypto is the same interface.

import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { open, sign, verify } from '../../crates/edge/js/crypto.mjs';

describe('the keys of API v3 in the Worker', () => {
  const { subtle } = globalThis.crypto;
  const { importKey } = subtle;
  const imported = [];
  before(() => {
    subtle.importKey = async (...given) => {
      const key = await importKey.apply(subtle, given);
      imported.push(key);
      return key;
    };
  });
  after(() => delete subtle.importKey);

  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pkcs8 = new Uint8Array(privateKey.export({ type: 'pkcs8', format: 'der' }));
  const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
  const text = new TextEncoder().encode('GET\n/v3/certificates\n1777000000\nnonce\n\n');

  test('are imported once each, can do one thing, and cannot be read back', async () => {
    const secret = new Uint8Array(randomBytes(32));
    for (let time = 0; time < 2; time += 1) {
      const signature = await sign(pkcs8, text);
      assert.equal(await verify(spki, signature, text), true);
      assert.equal(await verify(spki, signature, text.slice(1)), false);
      assert.equal(await open(secret, new Uint8Array(12), new Uint8Array(), new Uint8Array(32)), undefined);
    }
    assert.deepEqual(imported.map(({ usages }) => usages.join()), ['sign', 'verify', 'decrypt']);
    for (const key of imported) assert.equal(key.extractable, false);
  });
});
