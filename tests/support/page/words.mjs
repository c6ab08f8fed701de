// The languages: one file each in `crates/widget/lang`.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { ROOT } from '../project.mjs';

const FOLDER = join(ROOT, 'crates', 'widget', 'lang');

/** The tags of all languages. */
export const LANGUAGES = readdirSync(FOLDER).map((file) => basename(file, '.json'));

/** The sections of a language's file: what the `element` says, and what only the `checkout` without a script says. */
export const wordsIn = (tag) => JSON.parse(readFileSync(join(FOLDER, `${tag}.json`), 'utf8'));
