// The HTML of every README runs as it is there, in a shop of another origin than the Worker's, and is paid. Only the
// address of the Worker is the one of this run, and what a piece leaves out is added: the script, the element.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { openBrowser, openContext } from '../support/browsers.mjs';
import { GOODS } from '../support/catalog.mjs';
import { ROOT } from '../support/project.mjs';
import { fromCanvas } from '../support/qr.mjs';
import { startSimulator } from '../support/simulator.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';

const SHOP = 'https://shop.example';
const SCRIPT = '<script type="module" src="https://pay.example.com/widget/wechat-pay.js"></script>';
const ELEMENT = `<wechat-pay sku="${GOODS.sku}"></wechat-pay>`;

/** How many pieces of HTML each has, so that none is overlooked. */
const READMES = { 'README.md': 1, 'crates/widget/README.md': 3 };

let stage;
let browser;
before(async () => {
  [stage, browser] = await Promise.all([setStage({ start: startSimulator }), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await stage?.stop();
});

for (const [path, count] of Object.entries(READMES)) {
  const pieces = htmlIn(await readFile(join(ROOT, path), 'utf8'));
  test(`${path} has as many pieces of HTML as are paid here`, () => assert.equal(pieces.length, count));
  for (const [at, piece] of pieces.entries()) {
    test(`a shop with HTML ${at + 1} of ${path} is paid, without an error, and says what the piece says then`, () => pay(piece));
  }
}

function htmlIn(text) {
  return [...text.matchAll(/^```html\n(.*?)^```/gms)].map(([, piece]) => piece);
}

async function pay(piece) {
  const page = await open(whole(piece));
  const { troubles } = page.context();
  const widget = page.locator('wechat-pay');
  await widget.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
  const code = await until('the canvas holds a code that can be read', () => fromCanvas(widget.locator('canvas')));
  const { id } = await until('the order', () => widget.evaluate(({ order }) => order));
  await stage.gateway.pay(code);
  if (piece.includes('wechat-pay-paid')) {
    await until('the shop says thank you, and for which order', async () => {
      if (troubles.length) return true;
      const told = await page.evaluate(() => `${location.href} ${document.body.innerText}`);
      if (!told.includes(id)) throw new Error(`order ${id} is not in: ${told}`);
      return true;
    });
  } else {
    await widget.getByText('Payment received', { exact: true }).waitFor();
  }
  assert.deepEqual(troubles, []);
  await page.context().close();
}

/** A page of the piece, with what it leaves out. */
function whole(piece) {
  const script = piece.includes('/widget/wechat-pay.js"></script>') ? '' : SCRIPT;
  const element = piece.includes('<wechat-pay') ? '' : ELEMENT;
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Tea</title>${piece}${script}${element}`;
  return page.replaceAll('https://pay.example.com', stage.worker.url);
}

/** Opens the shop. Any other page of it, such as the one that says thank you, is empty. */
async function open(html) {
  const context = await openContext(browser);
  await context.grantPermissions(['local-network-access'], { origin: SHOP });
  const page = await context.newPage();
  await page.route(`${SHOP}/**`, (route) => {
    const body = new URL(route.request().url()).pathname === '/' ? html : '<!doctype html><title>Tea</title>';
    return route.fulfill({ contentType: 'text/html; charset=utf-8', body });
  });
  await page.goto(`${SHOP}/`);
  return page;
}
