// What is on the page stays as the Worker has it: asked again and again, never twice at once, never while nobody looks, and ever
// more slowly while it fails.

import { useEffect, useRef, useState } from './vendor.js';

const SLOWEST_MS = 60_000;

/** The pause after so many failures in a row. A limit of the Worker's own counts if it is longer. */
export function pauseAfter(failures, everyMs, retryAfterMs = 0) {
  if (failures === 0) return everyMs;
  return Math.max(Math.min(Math.max(everyMs, 2_000) * 2 ** Math.min(failures - 1, 6), SLOWEST_MS), retryAfterMs);
}

/**
 * Keeps `load(signal)` fresh. `everyMs`: the pause between an answer and the next question; without it it is asked once. `about`: what the
 * question depends on, compared by its texts. An answer to an older question is ignored. Gives `{ data, trouble, isLoading, againInMs,
 * reload, set }`; old data stays while a newer answer is on its way or fails.
 */
export function useLive(load, about = [], { everyMs } = {}) {
  const [state, setState] = useState({ data: undefined, trouble: undefined, isLoading: true, againAtMs: undefined });
  const question = about.join('\n');
  const latest = useRef();
  latest.current = load;
  const reload = useRef(() => {});

  useEffect(() => {
    let timer;
    let asking;
    let failures = 0;
    let isOver = false;
    setState((before) => ({ ...before, data: undefined, trouble: undefined, isLoading: true, againAtMs: undefined }));

    const later = (ms) => {
      clearTimeout(timer);
      timer = setTimeout(ask, ms);
    };
    async function ask() {
      clearTimeout(timer);
      if (isOver || asking) return;
      if (document.hidden && everyMs) return;
      const own = (asking = new AbortController());
      setState((before) => ({ ...before, isLoading: true, againAtMs: undefined }));
      try {
        const data = await latest.current(own.signal);
        if (isOver || own.signal.aborted) return;
        failures = 0;
        setState({ data, trouble: undefined, isLoading: false });
      } catch (trouble) {
        if (isOver || own.signal.aborted) return;
        failures += 1;
        const pause = everyMs ? pauseAfter(failures, everyMs, trouble.retryAfterMs) : undefined;
        setState((before) => ({ ...before, trouble, isLoading: false, againAtMs: pause && Date.now() + pause }));
        asking = undefined;
        if (pause) later(pause);
        return;
      }
      asking = undefined;
      if (everyMs) later(pauseAfter(0, everyMs));
    }
    const now = () => void (failures = 0, asking?.abort(), (asking = undefined), ask());
    const look = () => !document.hidden && everyMs && ask();
    reload.current = now;
    document.addEventListener('visibilitychange', look);
    addEventListener('online', now);
    ask();
    return () => {
      isOver = true;
      clearTimeout(timer);
      asking?.abort();
      document.removeEventListener('visibilitychange', look);
      removeEventListener('online', now);
    };
  }, [question, everyMs]);

  return { ...state, reload: () => reload.current(), set: (data) => setState((before) => ({ ...before, data, trouble: undefined })) };
}
