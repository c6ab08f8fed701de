// The orders of the list as a file. Nothing is saved of a file that breaks off.

import { html, useEffect, useRef, useState } from '../vendor.js';
import { Trouble as Broken, download } from '../api.js';
import { Dialog } from '../parts/dialog.js';
import { Trouble } from '../parts/states.js';
import { dayOf } from '../when.js';
import { useWords } from '../words.js';

const TYPES = { csv: 'text/csv', jsonl: 'application/jsonl' };

export function Export({ query, onClose }) {
  const { t, tag } = useWords();
  const [format, setFormat] = useState('csv');
  const [state, setState] = useState({});
  const asked = useRef();
  useEffect(() => () => asked.current?.abort(), []);

  async function save(event) {
    event.preventDefault();
    asked.current = new AbortController();
    const { signal } = asked.current;
    setState({ bytes: 0 });
    try {
      const answer = await download(`/export?format=${format}${query && `&${query}`}`, { signal });
      const parts = [];
      let bytes = 0;
      try {
        for (const reader = answer.body.getReader(); ; ) {
          const { done, value } = await reader.read();
          if (done) break;
          parts.push(value);
          bytes += value.length;
          setState({ bytes });
        }
      } catch (cause) {
        if (signal.aborted) return;
        throw new Broken('problem', { status: 500, code: 'broken_off', detail: '', cause });
      }
      give(new Blob(parts, { type: TYPES[format] }), `orders-${dayOf(Date.now())}.${format}`);
      setState({ saved: bytes });
    } catch (trouble) {
      if (!signal.aborted) setState({ trouble });
    }
  }

  const kilobytes = (bytes) => new Intl.NumberFormat(tag, { maximumFractionDigits: 0 }).format(Math.ceil(bytes / 1024));
  const isBusy = state.bytes !== undefined;
  return html`<${Dialog} title=${t('export')} onClose=${onClose}>
    <form onSubmit=${save}>
      <p>${t(query ? 'export.filtered' : 'export.all')}</p>
      <fieldset>
        <legend>${t('export.format')}</legend>
        ${Object.keys(TYPES).map((each) => html`<label key=${each} class="choice"><input type="radio" name="format" value=${each} checked=${format === each} disabled=${isBusy} onChange=${() => setFormat(each)} /> <span><strong>${t(`export.${each}`)}</strong><span class="small">${t(`export.${each}_about`)}</span></span></label>`)}
      </fieldset>
      <p class="small">${t('export.person')}</p>
      <p role="status">${isBusy ? t('export.busy', { count: kilobytes(state.bytes) }) : state.saved !== undefined ? t('export.done', { count: kilobytes(state.saved) }) : ''}</p>
      ${state.trouble && html`<${Trouble} trouble=${state.trouble} />`}
      <footer><button type="button" class="button quiet" onClick=${onClose}>${t('action.close')}</button><button class="button main-action" disabled=${isBusy}>${t('export.save')}</button></footer>
    </form>
  <//>`;
}

/** Lets the browser save it. */
function give(blob, name) {
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
