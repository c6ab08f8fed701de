// workerd without Miniflare, for a start that is the Worker's own: plain configuration, one Worker, its objects on disk.
// The index is not bound, since D1 would bring Workers of Miniflare's, which would start, too.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import workerd from 'workerd';

import { makeFolder, removeFolder } from './folder.mjs';

const KINDS = { ESModule: 'esModule', CompiledWasm: 'wasm' };
const LISTENS_WITHIN_MS = 20_000;

/** Starts it. `startedAt` and `listeningAt` are of `performance.now()`. */
export async function startBare(target) {
  const folder = makeFolder();
  for (const { name, contents } of target.modules) await writeFile(join(folder, name), contents);
  await writeFile(join(folder, 'config.capnp'), configuration(target, folder));
  const startedAt = performance.now();
  const child = spawn(workerd.default, ['serve', '--control-fd=3', 'config.capnp'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text) => (said += text));
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill();
    await ended;
    removeFolder(folder);
  };
  try {
    const port = await listens(child.stdio[3]);
    return { port, pid: child.pid, startedAt, listeningAt: performance.now(), stop };
  } catch (error) {
    await stop();
    throw new Error(`${target.name}: workerd said ${said}`, { cause: error });
  }
}

/** The port, which workerd tells on its control channel. */
async function listens(control) {
  const limit = setTimeout(() => control.destroy(), LISTENS_WITHIN_MS);
  try {
    for await (const line of createInterface({ input: control })) {
      const said = JSON.parse(line);
      if (said.event === 'listen') return said.port;
    }
  } finally {
    clearTimeout(limit);
  }
  throw new Error('workerd did not start');
}

function configuration({ modules, vars, className, orders, compatibilityDate, compatibilityFlags }, folder) {
  const ofModule = ({ type, name }) => `(name = ${quoted(name)}, ${KINDS[type]} = embed ${quoted(name)})`;
  const ofVar = ([name, value]) => `(name = ${quoted(name)}, text = ${quoted(value)})`;
  const bindings = Object.entries(vars).map(ofVar);
  if (orders) bindings.push(`(name = ${quoted(orders)}, durableObjectNamespace = ${quoted(className)})`);
  const objects = `
    durableObjectNamespaces = [(className = ${quoted(className)}, uniqueKey = "bench", enableSql = true)],
    durableObjectStorage = (localDisk = "disk"),`;
  return `
    using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [
        (name = "main", worker = .main),
        (name = "disk", disk = (path = ${quoted(folder)}, writable = true)),
      ],
      sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
    );
    const main :Workerd.Worker = (
      modules = [${modules.map(ofModule)}],
      compatibilityDate = ${quoted(compatibilityDate)},
      compatibilityFlags = [${compatibilityFlags.map(quoted)}],
      bindings = [${bindings}],${orders ? objects : ''}
    );`;
}

/** What is quoted here has no character that the two languages write in different ways. */
function quoted(text) {
  return JSON.stringify(String(text));
}
