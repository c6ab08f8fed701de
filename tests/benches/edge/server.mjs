// A target in workerd, with all its bindings, by Miniflare, which brings D1. The load goes to the Worker's direct socket,
// so Miniflare's own Worker for requests is not in the way.

import { Miniflare } from 'miniflare';

import { behindFront } from './front.mjs';
import { children } from './process.mjs';

const LAST_LOG_BYTES = 4_000;
const INDEX = 'INDEX';

/** Starts it on the files in `folder`, which are as old as `since`; its requests go to `outside`. A `lean` one has no index. */
export async function startServer(target, { outside, folder, since, lean, inspectorPort }) {
  const others = new Set(children('workerd'));
  let log = '';
  const keep = (stream) => stream.on('data', (text) => (log = (log + text).slice(-LAST_LOG_BYTES)));
  const miniflare = new Miniflare({
    name: target.name,
    host: '127.0.0.1',
    port: 0,
    cf: false,
    modulesRoot: '/',
    modules: behindFront(target, since).map(({ name, ...module }) => ({ ...module, path: `/${name}` })),
    compatibilityDate: target.compatibilityDate,
    compatibilityFlags: target.compatibilityFlags,
    bindings: target.vars,
    // An object that is thrown out of memory closes its files in the middle of a later scenario.
    durableObjects: { [target.orders]: { className: target.className, useSQLite: true, unsafePreventEviction: true } },
    durableObjectsPersist: `${folder}/objects`,
    ...(!lean && { d1Databases: { [INDEX]: 'index' }, d1Persist: `${folder}/index` }),
    outboundService: { external: { address: `127.0.0.1:${outside.port}`, http: {} } },
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
    handleRuntimeStdio: (stdout, stderr) => [stdout, stderr].forEach(keep),
    inspectorPort,
    ...target.options,
  });
  await miniflare.ready;
  const { port } = await miniflare.unsafeGetDirectURL(target.name);
  const [pid, ...more] = children('workerd').filter((child) => !others.has(child));
  if (pid === undefined || more.length > 0) throw new Error(`which process is workerd: ${[pid, ...more]}`);
  return {
    port: Number(port),
    pid,
    database: () => miniflare.getD1Database(INDEX),
    log: () => log,
    stop: () => miniflare.dispose(),
  };
}
