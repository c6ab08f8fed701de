// In the place of wire.js: finds the few fields that are needed, checks nothing and verifies nothing. With it the peer
// costs what the platform costs (HTTP, objects, SQL, requests that go out), which is the floor. Nothing like it may ship.

/** Never thrown here. */
export class Unreadable extends Error {}

const decoder = new TextDecoder();

export function readBody(message) {
  return message.arrayBuffer();
}

export function readFields(bytes) {
  return new Found(decoder.decode(bytes));
}

/** The rig marks what is forged, since only a check would tell the difference. */
export async function verify(fields) {
  const sign = fields.get('sign');
  if (sign === undefined || sign.startsWith('!')) return null;
  return sign.length === 64 ? 'HMAC-SHA256' : 'MD5';
}

export async function signedXml(fields) {
  let text = '<xml>';
  for (const [name, value] of fields) text += `<${name}>${value}</${name}>`;
  return `${text}<sign>unsigned</sign></xml>`;
}

export function nonce() {
  return '5ADDE03210ADCB463A972378A15C5023';
}

export async function webhookSignature() {
  return 'v1,unsigned';
}

/** Looks for a field when it is asked for. */
class Found {
  #text;

  constructor(text) {
    this.#text = text;
  }

  get(name) {
    const element = this.#text.indexOf(`<${name}>`);
    if (element < 0) return undefined;
    const from = element + name.length + 2;
    const cdata = '<![CDATA[';
    if (!this.#text.startsWith(cdata, from)) return this.#text.slice(from, this.#text.indexOf('<', from));
    return this.#text.slice(from + cdata.length, this.#text.indexOf(']]>', from));
  }
}
