// What is published: the npm package as its users' tools see it, right and wrong uses of its types, and the script tag with
// its integrity hash.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { checkPackage, Package } from '@arethetypeswrong/core';
import { publint } from 'publint';
import ts from 'typescript';

import { openBrowser, openContext } from '../support/page/browsers.mjs';
import { ROOT } from '../support/project.mjs';

const PACKAGE = join(ROOT, 'node_modules', 'wechatpay-edge');
const TYPES = join(ROOT, 'tests', 'browser', 'types');

test('publint finds nothing', async () => {
  const { messages } = await publint({ pkgDir: PACKAGE, pack: false, strict: true });
  assert.deepEqual(messages.map(({ code, path }) => `${code} at ${path?.join('.')}`), []);
});

test('are the types wrong? no', async () => {
  const { name, version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));
  const files = Object.fromEntries(readdirSync(PACKAGE, { withFileTypes: true }).filter((each) => each.isFile()).map(({ name: file }) => [`/node_modules/${name}/${file}`, readFileSync(join(PACKAGE, file))]));
  const { problems } = await checkPackage(new Package(files, name, version), { excludeEntrypoints: [/wasm|json/] });
  // The element is for browsers, so it is an ES module. Tools that can only `require` are not supported.
  const ours = problems.filter(({ kind, resolutionKind }) => !['node10', 'node16-cjs'].includes(resolutionKind) && kind !== 'CJSResolvesToESM');
  assert.deepEqual(ours, []);
});

test('the package holds what it should: module, map, wasm, fallback, languages, types, licences', () => {
  const files = readdirSync(PACKAGE);
  for (const name of [
    'LICENSE', 'LICENSES-OF-OTHERS.md', 'README.md', 'WIDGET.md', 'worker', 'kit', 'public', 'examples', 'schema', 'package.json', 'react.d.ts', 'react.js', 'vue.d.ts', 'vue.js',
    'wechat-pay-fallback.js', 'wechat-pay.d.ts', 'wechat-pay.js', 'wechat-pay.js.map', 'wechat-pay.zh-CN.json', 'wechat-pay_bg.wasm',
  ]) {
    assert.ok(files.includes(name), name);
  }
  assert.match(readFileSync(join(PACKAGE, 'LICENSES-OF-OTHERS.md'), 'utf8'), /\| qrcode v[\d.]+ \| .*MIT/);
  const map = JSON.parse(readFileSync(join(PACKAGE, 'wechat-pay.js.map'), 'utf8'));
  assert.ok(map.sources.some((source) => source.endsWith('driver.js')) && map.sourcesContent.every(Boolean));
  assert.equal(map.sources.some((source) => source.startsWith('/')), false, 'no path of a machine');
});

test('on a server it can be imported and does nothing', async () => {
  const module = await import(join(PACKAGE, 'wechat-pay.js'));
  assert.deepEqual(Object.keys(module).sort(), ['WeChatPay', 'mount']);
});

test('right use of the types compiles, and every wrong use fails to', () => {
  const options = {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    jsx: ts.JsxEmit.ReactJSX,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: [],
    skipLibCheck: false,
  };
  const program = ts.createProgram(readdirSync(TYPES).map((file) => join(TYPES, file)), options);
  const told = ts.getPreEmitDiagnostics(program).filter(({ file }) => !file || [TYPES, 'wechatpay-edge'].some((ours) => file.fileName.includes(ours)));
  assert.deepEqual(told.map(({ file, start, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${file?.fileName.split('/').pop()}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  }), []);
});

test('the script tag’s hash is that of the script, and the browser takes it', async () => {
  // The command that makes the package also makes the tag.
  const folder = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'script-tag');
  assert.ok(existsSync(folder), 'cargo xtask test makes it');
  const tag = readFileSync(join(folder, 'tag.html'), 'utf8');
  const script = readFileSync(join(folder, 'wechat-pay.js'));
  const hash = `sha384-${createHash('sha384').update(script).digest('base64')}`;
  assert.ok(tag.includes(`integrity="${hash}"`));
  const browser = await openBrowser();
  try {
    const context = await openContext(browser);
    const page = await context.newPage();
    await page.route('https://shop.example/**', (route) => {
      const name = new URL(route.request().url()).pathname.slice(1);
      if (name === '') return route.fulfill({ contentType: 'text/html', body: `<!doctype html><html lang="en"><title>Tea</title><link rel="icon" href="data:,">${tag}` });
      return route.fulfill({ path: join(folder, name) });
    });
    await page.goto('https://shop.example/');
    await page.getByRole('button', { name: 'Pay with WeChat Pay' }).waitFor();
    assert.equal(await page.locator('wechat-pay').evaluate(({ endpoint }) => endpoint), 'https://pay.example.com');
    assert.deepEqual(context.troubles, []);
  } finally {
    await browser.close();
  }
});
