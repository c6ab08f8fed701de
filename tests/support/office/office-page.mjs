// The back office in a browser.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { wearLetters } from '../page/fonts.mjs';
import { WWW } from '../project.mjs';

/** Every letter that the page may show in its two languages. */
const LETTERS = `${['en', 'zh'].map((name) => readFileSync(join(WWW, 'admin', 'lang', `${name}.js`), 'utf8')).join('')}年月日周星期一二三四五六上下午中国港元`;

export class OfficePage {
  constructor(page, url) {
    Object.assign(this, { page, url });
  }

  /** Opens it, signed in if a key is given. */
  static async open(context, url, key, { letters = false } = {}) {
    const own = new OfficePage(await context.newPage(), url);
    if (letters) await wearLetters(own.page, LETTERS);
    await own.page.goto(`${url}/admin/${key ? `#key=${encodeURIComponent(key)}` : ''}`);
    if (key) await own.page.locator('.places').waitFor();
    else await own.page.locator('#key').waitFor();
    return own;
  }

  async signIn(key) {
    await this.page.locator('#key').fill(key);
    await this.page.locator('form .main-action').click();
    await this.page.locator('.places').waitFor();
  }

  /** Goes to a page by its address behind `#`. */
  async goto(address) {
    await this.page.evaluate((to) => (location.hash = to), address);
    await this.page.locator('h1').waitFor();
  }

  /** Waits until the page shows no skeleton. */
  async settled() {
    await this.page.locator('h1').waitFor();
    await this.page.waitForFunction(() => !document.querySelector('.skeleton'));
  }

  /** Waits until the charts of today are drawn. */
  async chart() {
    await this.page.waitForFunction(() => document.querySelectorAll('.chart canvas').length === 2);
    await this.settled();
  }
}
