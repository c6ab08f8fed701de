// The demo shop as a shopper uses it: what one can see, hear and press. Nothing here looks behind
// the page except at the QR code's pixels.

import { GOODS } from '../shop/catalog.mjs';
import { until } from '../until.mjs';
import { fromCanvas, fromPng } from './qr.mjs';
import { collectEvents } from './widget-html.mjs';

export class ShopPage {
  constructor(page) {
    this.page = page;
    this.widget = page.locator('wechat-pay');
    this.canvas = this.widget.locator('canvas');
    this.payButton = this.widget.getByRole('button', { name: 'Pay with WeChat Pay' });
    this.phoneLink = page.getByRole('link', { name: 'Open the simulated phone' });
  }

  /** Opens the shop. `events` collects the events of <wechat-pay> from then on. */
  static async open(context, url) {
    const page = await context.newPage();
    await page.addInitScript(collectEvents);
    await page.goto(url);
    return new ShopPage(page);
  }

  /** From now on the page cannot open a WebSocket. */
  async blockSockets() {
    await this.page.routeWebSocket(/\/live$/, (socket) => socket.close());
  }

  /** Puts goods into the order. */
  async choose(item = GOODS, times = 1) {
    const add = this.page.getByRole('button', { name: `Add: ${item.name.en}` });
    for (let time = 0; time < times; time += 1) await add.click();
  }

  /** Chooses, presses pay, and waits for the code: the order's `{ id, token, view }` as the page got it. */
  async order(item, times) {
    await this.choose(item, times);
    const placed = this.page.waitForResponse((response) => new URL(response.url()).pathname === '/api/orders');
    await this.payButton.click();
    const answer = await placed.catch(async (error) => {
      throw new Error(`nothing was ordered; the page says: ${await this.page.innerText('body')}`, { cause: error });
    });
    const { order, token } = await answer.json();
    await this.says('Scan with WeChat to pay');
    return { id: order.id, token };
  }

  /** The text in the code, read from the canvas's pixels once it is drawn. */
  async code() {
    return until('the canvas holds a code that can be read', () => fromCanvas(this.canvas));
  }

  /** The text in the code as a camera sees it: read from a picture of the whole window. */
  async codeOnScreen() {
    await this.canvas.scrollIntoViewIfNeeded();
    return until('the screen shows a code that can be read', async () => fromPng(await this.page.screenshot()));
  }

  /** A picture of the code with its quiet zone, as a person might save it. */
  async picture() {
    return this.canvas.screenshot();
  }

  /** Waits until the widget says this. */
  async says(text) {
    await this.widget.getByText(text, { exact: true }).waitFor();
  }

  /** The words of the events the widget has fired. */
  async told() {
    return this.page.evaluate(() => globalThis.events.map(({ word }) => word));
  }

  /** Follows the link to the simulated phone, which opens in another tab. */
  async takePhone() {
    const opened = this.page.context().waitForEvent('page');
    await this.phoneLink.click();
    return opened;
  }
}
