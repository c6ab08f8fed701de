// Codes that the phone reads from pictures: dropped, chosen, pasted, and seen by its camera. Another program drew the picture.
// It shows the first code that `--seed 7` gives.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, beforeEach, afterEach, test } from 'node:test';

import { PNG } from 'pngjs';

import { openBrowser } from '../support/page/browsers.mjs';
import { PhonePage } from '../support/page/phone-page.mjs';
import { anOrder, call } from './calls.mjs';
import { startProgram } from './program.mjs';

const PICTURE = fileURLToPath(new URL('code-of-seed-7.png', import.meta.url));

let folder;
let browser;
let simulator;
let context;
let phone;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulator-camera-'));
  const film = join(folder, 'camera.y4m');
  await writeFile(film, filmOf(PNG.sync.read(await readFile(PICTURE))));
  browser = await openBrowser({
    whole: true,
    args: ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${film}`],
  });
});

beforeEach(async () => {
  simulator = await startProgram(['--seed', '7']);
  await call(simulator.url, '/pay/unifiedorder', anOrder('A1', 'http://127.0.0.1:9/'));
  context = await browser.newContext({ locale: 'en-HK', permissions: ['clipboard-read', 'clipboard-write'] });
  phone = await PhonePage.open(context, `${simulator.url}/phone`);
});

afterEach(async () => {
  await context?.close();
  await simulator?.stop();
});

after(async () => {
  await browser?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** A film of 640 × 480 pixels that shows one picture in grey, as if half a metre from the lens. */
function filmOf(picture) {
  const [width, height] = [640, 480];
  const luma = Buffer.alloc(width * height, 200);
  const [left, top] = [Math.floor((width - picture.width) / 2), Math.floor((height - picture.height) / 2)];
  for (let y = 0; y < picture.height; y += 1) {
    for (let x = 0; x < picture.width; x += 1) {
      luma[(y + top) * width + x + left] = picture.data[(y * picture.width + x) * 4] > 127 ? 235 : 16;
    }
  }
  const chroma = Buffer.alloc((width * height) / 2, 128);
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, chroma]);
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`), frame, frame]);
}

async function isPaid() {
  await phone.pay();
  await phone.says('Payment successful');
  assert.equal((await simulator.control('GET', 'orders/A1')).trade_state, 'SUCCESS');
}

test('a picture that is dropped onto the phone is paid', async () => {
  await phone.drop(await readFile(PICTURE));
  await isPaid();
});

test('a picture that is chosen from the album is paid', async () => {
  await phone.page.setInputFiles('#picture', PICTURE);
  await isPaid();
});

test('a picture from the clipboard is paid', async () => {
  const base64 = (await readFile(PICTURE)).toString('base64');
  await phone.page.evaluate(async (text) => {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': new Blob([bytes], { type: 'image/png' }) })]);
  }, base64);
  await phone.page.getByRole('button', { name: 'Paste' }).click();
  await isPaid();
});

test('a text from the clipboard is paid', async () => {
  const { code_url } = await simulator.control('GET', 'orders/A1');
  await phone.page.evaluate((text) => navigator.clipboard.writeText(text), code_url);
  await phone.page.getByRole('button', { name: 'Paste' }).click();
  await isPaid();
});

test('a code before the camera is paid, and the camera is let go of', async () => {
  await phone.page.getByRole('button', { name: 'Camera' }).click();
  await phone.shown();
  const isOff = await phone.page.evaluate(() => document.getElementById('camera').hidden);
  assert.equal(isOff, true);
  await isPaid();
});
