// A browser without scripts and without a window. It sends forms and follows redirects. It keeps cookies by their path, as
// RFC 6265 says, or keeps none.

import { connectionFor } from '../worker/connection.mjs';

/** How many redirects a browser follows before it gives up. */
const MOST_HOPS = 20;

export class PlainBrowser {
  /** Each cookie it keeps: `{ name, value, path, attributes }`. */
  cookies = [];
  /** Every address it has opened, in order. */
  opened = [];

  constructor(worker, { keepsCookies = true, language = 'en' } = {}) {
    this.origin = worker.url;
    this.keepsCookies = keepsCookies;
    this.language = language;
  }

  /** Presses the button of a form. */
  async submit(fields, { path = '/checkout', follow = true } = {}) {
    return this.#ask('POST', path, new URLSearchParams(fields), follow);
  }

  /** Opens an address, or loads it again. */
  async open(path, { method = 'GET', follow = true } = {}) {
    return this.#ask(method, path, undefined, follow);
  }

  /** Another browser with the same cookies, like a copied profile. */
  copy() {
    const copy = new PlainBrowser({ url: this.origin }, this);
    copy.cookies = structuredClone(this.cookies);
    return copy;
  }

  async #ask(method, path, body, follow) {
    let next = path;
    for (let hop = 0; hop < MOST_HOPS; hop += 1) {
      this.opened.push(`${method} ${next}`);
      const cookie = this.#cookiesFor(next);
      const answer = await fetch(`${this.origin}${next}`, {
        method,
        redirect: 'manual',
        headers: { 'accept-language': this.language, ...(cookie && { cookie }), ...connectionFor(body) },
        ...(body && { body }),
      });
      if (this.keepsCookies) for (const set of answer.headers.getSetCookie()) this.#keep(set);
      const text = await answer.text();
      const location = answer.headers.get('location');
      if (!location || !follow) return { status: answer.status, headers: answer.headers, text, path: next, location };
      if (answer.status !== 303) throw new Error(`a redirect of ${answer.status}, which may repeat the form`);
      [method, body, next] = ['GET', undefined, location];
    }
    throw new Error(`too many redirects: ${this.opened.join(' → ')}`);
  }

  #cookiesFor(path) {
    const matches = ({ path: own }) => path === own || path.startsWith(own.endsWith('/') ? own : `${own}/`);
    return this.cookies.filter(matches).map(({ name, value }) => `${name}=${value}`).join('; ');
  }

  #keep(set) {
    const [pair, ...attributes] = set.split('; ');
    const at = pair.indexOf('=');
    const path = attributes.find((each) => each.startsWith('Path=')).slice('Path='.length);
    const cookie = { name: pair.slice(0, at), value: pair.slice(at + 1), path, attributes };
    this.cookies = [...this.cookies.filter((each) => each.name !== cookie.name || each.path !== path), cookie];
  }
}

/** The text of a page without its markup. */
export function readable(html) {
  const [, body] = /<main>(.*)<\/main>/s.exec(html) ?? [];
  if (body === undefined) throw new Error(`no page: ${html}`);
  const text = body.replace(/<svg.*?<\/svg>/gs, '').replace(/<\/(p|h1|button)>/g, '\n').replace(/<[^>]*>/g, '');
  return text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&amp;/g, '&').trim();
}
