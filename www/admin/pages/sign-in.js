// Asks for the key.

import { html, useEffect, useState } from '../vendor.js';
import { Trouble as Refusal } from '../api.js';
import { admit, keep, whyEnded } from '../session.js';
import { explain } from '../parts/states.js';
import { Language } from '../parts/language.js';
import { useWords } from '../words.js';

/** The Worker takes no shorter key. */
const SHORTEST = 32;

export function SignIn({ choose }) {
  const words = useWords();
  const { t } = words;
  const [typed, setTyped] = useState('');
  const [state, setState] = useState({ wrong: whyEnded() && { title: t(whyEnded().word), detail: whyEnded().detail } });
  useEffect(() => void (document.title = `${t('sign_in')} · ${t('title')}`), [t('title')]);

  async function submit(event) {
    event.preventDefault();
    const key = typed.trim();
    if (key.length < SHORTEST) return setState({ wrong: { title: t('sign_in.short', { count: SHORTEST }) } });
    setState({ isBusy: true });
    try {
      const account = await ask(key);
      keep(key);
      admit(account);
    } catch (trouble) {
      if (trouble.code === 'misconfigured') return keep(key), admit(undefined);
      const said = trouble.code === 'key_required' ? { title: t('sign_in.refused'), detail: trouble.detail, isEnglish: words.language !== 'en' } : explain(trouble, words);
      setState({ wrong: said });
    }
    return undefined;
  }

  const { wrong, isBusy } = state;
  return html`<main class="alone sign-in">
    <form class="card" onSubmit=${submit} novalidate>
      <img src="icon.svg" alt="" width="44" height="44" />
      <h1>${t('title')}</h1>
      <p>${t('sign_in.lead')}</p>
      <label for="key">${t('sign_in.key')}</label>
      <input
        id="key" type="password" autocomplete="off" spellcheck="false" autocapitalize="off" autofocus required
        value=${typed} onInput=${({ target }) => setTyped(target.value)} aria-describedby="about-key key-wrong" aria-invalid=${wrong ? 'true' : undefined}
      />
      <p class="small" id="about-key">${t('sign_in.about')}</p>
      <div id="key-wrong" role="alert">
        ${wrong && html`<p class="wrong">${wrong.title}</p>`}${wrong?.detail && html`<p class="small" lang=${wrong.isEnglish ? 'en' : undefined}>${wrong.detail}</p>`}
      </div>
      <button class="button main-action" disabled=${isBusy}>${t(isBusy ? 'sign_in.busy' : 'sign_in')}</button>
    </form>
    <${Language} choose=${choose} />
  </main>`;
}

/** Asks with a key that is not kept yet. */
async function ask(key) {
  let answer;
  try {
    answer = await fetch('/admin/api/key', { headers: { authorization: `Bearer ${key}` }, cache: 'no-store', credentials: 'omit' });
  } catch (cause) {
    // A key with a character that no header may have is a wrong key.
    if (!/^[\x21-\x7e]+$/.test(key)) throw new Refusal('problem', { status: 401, code: 'key_required', cause });
    throw new Refusal('unanswered', { cause });
  }
  const json = await answer.json().catch((cause) => {
    throw new Refusal('odd', { status: answer.status, cause });
  });
  if (!answer.ok) throw new Refusal('problem', { status: answer.status, code: json.code, detail: json.detail });
  return json;
}
