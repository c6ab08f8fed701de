// A copy of the project, in which one defect at a time is put. It keeps what it has built from one run to the next.

import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';

import { run } from './command.mjs';

/** The last build of a copy takes a while; a test does not. */
const BUILD_WITHIN_MS = 20 * 60_000;
/** What a release build is when only its behaviour matters. */
const QUICK_PROFILE = {
  CARGO_PROFILE_RELEASE_LTO: 'off',
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
  CARGO_PROFILE_RELEASE_OPT_LEVEL: '1',
  CARGO_PROFILE_RELEASE_INCREMENTAL: 'true',
};
/** Made in each copy, so never shared. */
const OWN_MODULE = 'wechatpay-edge';

export class Copy {
  /** `tools` are installed programs, which all copies share. */
  constructor(root, folder, tools) {
    this.root = root;
    this.folder = folder;
    this.tools = tools;
  }

  /** Makes the copy what the project is now. Files that are the same keep their times, so that little is built anew. */
  refresh() {
    const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: this.root })
      .toString()
      .split('\0')
      .filter((file) => file !== '' && existsSync(join(this.root, file)));
    const wanted = new Set(files);
    for (const file of this.#listed()) if (!wanted.has(file)) rmSync(join(this.folder, file), { force: true });
    for (const file of files) {
      const text = readFileSync(join(this.root, file));
      const to = join(this.folder, file);
      if (existsSync(to) && readFileSync(to).equals(text)) continue;
      mkdirSync(dirname(to), { recursive: true });
      cpSync(join(this.root, file), to);
    }
    writeFileSync(this.#list(), files.join('\n'));
    this.#share();
  }

  #list() {
    return join(this.folder, 'target', 'copied-files');
  }

  #listed() {
    mkdirSync(join(this.folder, 'target'), { recursive: true });
    return existsSync(this.#list()) ? readFileSync(this.#list(), 'utf8').split('\n') : [];
  }

  /** Installed programs and packages are links to those of the project. */
  #share() {
    link(this.tools, join(this.folder, 'target', 'tools'));
    const modules = join(this.folder, 'node_modules');
    mkdirSync(modules, { recursive: true });
    for (const name of readdirSync(join(this.root, 'node_modules'))) {
      if (name !== OWN_MODULE) link(join(this.root, 'node_modules', name), join(modules, name));
    }
    // Tests look for the repository by git.
    if (!existsSync(join(this.folder, '.git'))) execFileSync('git', ['init', '--quiet'], { cwd: this.folder });
  }

  read(file) {
    return readFileSync(join(this.folder, file), 'utf8');
  }

  write(file, text) {
    writeFileSync(join(this.folder, file), text);
  }

  /** The surroundings of a program that runs in the copy. */
  get environment() {
    const { CARGO_TARGET_DIR: _, CARGO_MANIFEST_DIR: __, ...ours } = process.env;
    const built = { SIMULATOR_BIN: join(this.folder, 'target/debug/simulator'), WIDGET_GLUE: join(this.folder, 'target/wasm/widget-glue') };
    return { ...ours, ...QUICK_PROFILE, ...built };
  }

  async run(program, args, withinMs = BUILD_WITHIN_MS) {
    return run(program, args, { cwd: this.folder, env: this.environment, withinMs });
  }

  /** Builds what tests of Node run; nothing is done for what has not changed. */
  async build() {
    return this.run('cargo', ['xtask', 'build', '--rough']);
  }
}

function link(target, at) {
  try {
    lstatSync(at);
  } catch {
    symlinkSync(target, at);
  }
}
