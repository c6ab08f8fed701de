// A Worker that does nothing: what its start takes, every start takes.

import { readFile } from 'node:fs/promises';

import { wranglerToml } from './common.mjs';

export async function empty() {
  const { compatibility_date: compatibilityDate } = await wranglerToml();
  const contents = await readFile(new URL('../empty-worker.js', import.meta.url));
  return {
    name: 'empty',
    modules: [{ type: 'ESModule', name: 'index.js', contents }],
    compatibilityDate,
    compatibilityFlags: [],
    vars: {},
    messagesOf: () => ({}),
    notify: () => ({ method: 'GET', path: '/', body: null }),
    isRefused: (status) => status === 200,
  };
}
