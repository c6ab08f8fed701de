// The Worker's part of WebCrypto, in Node, whose WebCrypto is the same interface.

import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { importKey, open, sign, verify } from '../../crates/edge/js/crypto.mjs';

test('the keys of API v3 can do one thing each in the Worker, and cannot be read back', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const signing = await importKey('sign', privateKey.export({ type: 'pkcs8', format: 'der' }));
  const verifying = await importKey('verify', publicKey.export({ type: 'spki', format: 'der' }));
  const opening = await importKey('decrypt', randomBytes(32));

  const text = new TextEncoder().encode('GET\n/v3/certificates\n1777000000\nnonce\n\n');
  const signature = await sign(signing, text);
  assert.equal(await verify(verifying, signature, text), true);
  assert.equal(await verify(verifying, signature, text.slice(1)), false);
  await assert.rejects(open(opening, new Uint8Array(12), new Uint8Array(), new Uint8Array(32)));

  for (const [key, use, format] of [[signing, 'sign', 'pkcs8'], [verifying, 'verify', 'spki'], [opening, 'decrypt', 'raw']]) {
    assert.deepEqual(key.usages, [use]);
    await assert.rejects(crypto.subtle.exportKey(format, key), /not extractable/);
  }
});
