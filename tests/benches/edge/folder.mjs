// Folders in memory, where there is such a place, so that no disk is measured.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const folders = new Set();

// A run that is broken off must not leave the memory full.
process.once('exit', () => folders.forEach(removeFolder));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

export function makeFolder() {
  const folder = mkdtempSync(join(MEMORY, 'bench-edge-'));
  folders.add(folder);
  return folder;
}

export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}
