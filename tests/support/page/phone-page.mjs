// The simulated phone as a person uses it: scan, look, choose a way to pay, press six digits.

const PASSWORD = '135790';

export class PhonePage {
  constructor(page) {
    this.page = page;
    this.payNow = page.getByRole('button', { name: 'Pay now' });
  }

  /** Opens a phone that has no code yet. */
  static async open(context, url) {
    const page = await context.newPage();
    await page.goto(url);
    return new PhonePage(page);
  }

  /** Types the text of a code and scans it. */
  async type(code) {
    await this.page.getByLabel("or type the code's text").fill(code);
    await this.page.getByRole('button', { name: 'Scan', exact: true }).click();
  }

  /** Drops the picture of a code onto the phone, as from a folder. */
  async drop(png) {
    const transfer = await this.page.evaluateHandle((base64) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], 'code.png', { type: 'image/png' }));
      return transfer;
    }, png.toString('base64'));
    await this.page.dispatchEvent('#finder', 'drop', { dataTransfer: transfer });
  }

  /** What the phone shows about the order before it is paid. */
  async shown() {
    await this.payNow.waitFor();
    return this.page.locator('#order-page').innerText();
  }

  /** Chooses a way to pay by its name, or keeps the chosen one, and enters the password. */
  async pay({ by } = {}) {
    if (by) await this.page.getByLabel(by).check();
    await this.payNow.click();
    await this.enterPassword();
  }

  /** Presses six digits on the pad. */
  async enterPassword() {
    for (const digit of PASSWORD) await this.page.getByRole('button', { name: digit, exact: true }).click();
  }

  /** Waits until the phone says this. */
  async says(text) {
    await this.page.getByRole('heading', { name: text }).waitFor();
  }
}
