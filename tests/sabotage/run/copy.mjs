// A copy of the project for the defects. It keeps its build results from one run to the next.

import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';

import { run } from './command.mjs';

/** The time limit of a program if there is no other. Building the whole copy takes long. */
const BUILD_WITHIN_MS = 20 * 60_000;
/** The settings of a release build of which only the behaviour matters. */
const QUICK_PROFILE = {
  CARGO_PROFILE_RELEASE_LTO: 'off',
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
  CARGO_PROFILE_RELEASE_OPT_LEVEL: '1',
  CARGO_PROFILE_RELEASE_INCREMENTAL: 'true',
};
/** The package that each copy builds itself, so it is not linked. */
const OWN_MODULE = 'wechatpay-edge';

export class Copy {
  /** `tools` is the folder of installed programs, which all copies share. */
  constructor(root, folder, tools) {
    this.root = root;
    this.folder = folder;
    this.tools = tools;
  }

  /** Makes the copy equal to the project. Unchanged files keep their times, so that little is built again. */
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

  /** Links the project's installed programs and packages into the copy. */
  #share() {
    link(this.tools, join(this.folder, 'target', 'tools'));
    const modules = join(this.folder, 'node_modules');
    mkdirSync(modules, { recursive: true });
    for (const name of readdirSync(join(this.root, 'node_modules'))) {
      if (name !== OWN_MODULE) link(join(this.root, 'node_modules', name), join(modules, name));
    }
    // Some tests ask git about the repository.
    if (!existsSync(join(this.folder, '.git'))) execFileSync('git', ['init', '--quiet'], { cwd: this.folder });
  }

  read(file) {
    return readFileSync(join(this.folder, file), 'utf8');
  }

  write(file, text) {
    writeFileSync(join(this.folder, file), text);
  }

  /** The environment of a program that runs in the copy. */
  get environment() {
    const { CARGO_TARGET_DIR: _, CARGO_MANIFEST_DIR: __, ...ours } = process.env;
    const built = { SIMULATOR_BIN: join(this.folder, 'target/debug/simulator'), WIDGET_GLUE: join(this.folder, 'target/wasm/widget-glue') };
    return { ...ours, ...QUICK_PROFILE, ...built };
  }

  async run(program, args, withinMs = BUILD_WITHIN_MS) {
    return run(program, args, { cwd: this.folder, env: this.environment, withinMs });
  }

  /** Builds what Node's tests run. Unchanged parts are not built again. */
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
