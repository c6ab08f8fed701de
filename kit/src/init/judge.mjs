// What the Worker itself says of a value, before it is written anywhere. So there are no rules here.

import { askLocalWorker, placeholder } from '../check/local-worker.mjs';
import { namesOf, neededSecrets } from '../check/names.mjs';

/** Nobody is asked outside. */
const OFFLINE = async () => new Response('offline', { status: 599 });

/** `judge(bindings, name)` resolves to what is wrong with the value of this name, in sentences. */
export function judge({ parts, miniflare, config, site }) {
  const names = namesOf(parts.names);
  return async (bindings, name) => {
    const madeUp = Object.fromEntries([...neededSecrets(names, bindings), 'ADMIN_TOKEN'].map((each) => [each, placeholder(each)]));
    const report = await askLocalWorker({ miniflare, folder: parts.worker, config, published: site, bindings: { ...config.vars, ...madeUp, ...bindings }, outside: OFFLINE });
    const wrong = report.filter((each) => ['settings', 'examples'].includes(each.name) && each.outcome === 'failed');
    // A name may be the beginning of another one.
    return wrong.map(({ seen }) => seen).filter((seen) => new RegExp(`\\b${name}\\b`).test(seen));
  };
}
