// Each number, name and table has one home. Sometimes a script must repeat one, because JavaScript cannot read Rust and a page
// loads only what it needs. Then a test here compares the copy with the original.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';

import { load } from '../support/page/page-in-node.mjs';
import { LANGUAGES, wordsIn } from '../support/page/words.mjs';
import { ROOT } from '../support/project.mjs';

const read = (...path) => readFileSync(join(ROOT, ...path), 'utf8');
const script = (name) => read('crates', 'widget', 'js', name);
const session = (name) => read('crates', 'widget', 'src', 'session', name);
const api = (name) => read('crates', 'api', 'src', name);
const TYPES = script('wechat-pay.d.ts');
const ENGLISH = wordsIn('en').element;

/** A source file of the Worker. It may be in any folder. */
function ofTheWorker(name) {
  const folder = ['crates', 'edge', 'src'];
  const files = readdirSync(join(ROOT, ...folder), { recursive: true }).filter((file) => basename(file) === name);
  assert.equal(files.length, 1, `one ${name} in crates/edge: ${files}`);
  return read(...folder, files[0]);
}

/** The first group of the pattern. Fails if the text does not fit. */
function find(text, pattern) {
  const found = pattern.exec(text);
  assert.ok(found, `there is no ${pattern}`);
  return found[1];
}

/** All first groups of the pattern. */
const all = (text, pattern) => [...text.matchAll(pattern)].map(([, group]) => group);

/** The variants of an enum of Rust, as `serde` writes them in `snake_case`. */
function variants(text, name) {
  const body = find(text, new RegExp(`pub enum ${name} \\{([^}]*)\\}`));
  return all(body, /^\s*([A-Z]\w*),/gm).map((variant) => variant.replace(/(?<=[a-z])[A-Z]/g, '_$&').toLowerCase());
}

/** The names that an `as_str` of Rust returns. */
const spoken = (text, name) => all(find(text, new RegExp(`impl ${name} \\{([\\s\\S]*?)\\n\\}`)), /=> "(\w+)"/g);

/** The texts of a union in the types: `'a' | 'b'`. */
const union = (before) => all(find(TYPES, new RegExp(`${before}([^;]*);`)), /'([\w-]+)'/g);

/** The keys of an object that a script writes out, `{ a: 1, b: 2 }`. */
const keys = (text, name) => all(find(text, new RegExp(`const ${name} = \\{([\\s\\S]*?)\\}`)), /(\w+): /g);

const number = (text) => Number(text.replaceAll('_', ''));

/** The value of a constant of Rust or of a script. */
const constant = (text, name) => number(find(text, new RegExp(`const ${name}(?:: \\w+)? = ([\\d_]+);`)));

/** Both lists have the same entries and are not empty. */
function same(one, other, message) {
  assert.ok(one.length > 0, 'an empty list compares nothing');
  assert.deepEqual([...one].sort(), [...other].sort(), message);
}

describe('the names in the Worker’s JSON', () => {
  test('the seven statuses of an order are the same in Rust, in the scripts and in the types', () => {
    const statuses = variants(api('order_view.rs'), 'OrderStatus');
    assert.equal(statuses.length, 7);
    same(spoken(api('order_view.rs'), 'OrderStatus'), statuses);
    same(union('readonly status:'), statuses);
    const fallback = script('fallback.js');
    same([...keys(fallback, 'FINAL'), ...keys(fallback, 'WAITING')], statuses, 'the fallback');
  });

  test('the failure reasons and the notices of an order are the same in Rust and in the types', () => {
    same(union('readonly failure\\?:'), variants(api('order_view.rs'), 'FailureReason'));
    same(union('readonly notices\\?: readonly \\('), variants(api('order_view.rs'), 'Notice'));
    for (const notice of variants(api('order_view.rs'), 'Notice')) assert.ok(ENGLISH[`notice_${notice}`], notice);
  });

  test('the fields of an order are the same in Rust and in the types', () => {
    const body = find(api('order_view.rs'), /pub struct OrderView \{([\s\S]*?)\n\}/);
    const types = find(TYPES, /export interface Order \{([\s\S]*?)\n\}/);
    same(all(types, /readonly (\w+)\??:/g).filter((name) => !['side', 'modules'].includes(name)), all(body, /pub (\w+):/g));
    // A field that may be absent in the JSON may be absent in the types.
    same(all(types, /readonly (\w+)\?:/g), all(body, /skip_serializing_if[^\n]*\n\s*pub (\w+):/g));
    same(all(find(TYPES, /export interface Amount \{([^}]*)\}/), /readonly (\w+):/g), all(api('amount.rs'), /pub (\w+):/g));
  });

  test('each problem code that a script or the session knows is one of the Worker’s', () => {
    const codes = variants(api('problem.rs'), 'ProblemCode');
    assert.ok(codes.length > 15);
    const known = [...all(session('protocol.rs'), /Some\("(\w+)"\)/g), ...all(script('fallback.js'), /code === '(\w+)'/g), ...all(read('www', 'widget', 'gallery.js'), /"code":"(\w+)"/g)];
    assert.ok(known.length >= 3);
    for (const code of known) assert.ok(codes.includes(code), code);
  });

  test('the socket’s protocol has the same name in the script and in Rust', () => {
    assert.equal(find(script('live.js'), /'(wechat-pay\.v\d+)'/), find(api('order_view.rs'), /LIVE_PROTOCOL: &str = "([^"]+)"/));
  });
});

describe('the names of the element', () => {
  const states = spoken(session('state.rs'), 'State');

  test('the eight states are the same in the session, in the scripts and in the types', async () => {
    assert.equal(states.length, 8);
    // The element alone knows what is sold out: before there is a session, or by the Worker's refusal.
    const shown = [...states, 'sold_out'];
    same(union('export type State ='), shown);
    same(all(find(script('view.js'), /const WORDS = \{([\s\S]*?)\n\};/), /^ {2}(\w+): /gm), shown);
    const final = find(session('state.rs'), /Self::Paid([^=]*)=> true/);
    assert.equal(final.split('|').length, 4);
    same((await load('driver.js')).RUNNING, ['creating', 'showing', 'checking']);
  });

  test('the events are the same in the session and in the types', () => {
    const events = spoken(session('protocol.rs'), 'Event');
    same(all(find(TYPES, /interface WeChatPayEventMap \{([^}]*)\}/), /'wechat-pay-(\w+)'/g), events);
    same(all(find(TYPES, /interface Listeners \{([\s\S]*?)\n\}/), /^ {2}(\w+)\?\(/gm), events);
  });

  test('the codes of an error are the same in the session, in the scripts and in the types, and each has its text', () => {
    const failures = spoken(session('state.rs'), 'Failure').filter((name) => name !== 'cancel_unanswered');
    const ofTheLoader = all(find(script('loader.js'), /code: ([^}]*)\}/), /'(\w+)'/g);
    same(union("readonly code:"), [...failures, ...ofTheLoader, 'sold_out']);
    const words = script('element.js');
    for (const failure of [...failures, ...ofTheLoader]) assert.ok(ENGLISH[`failed_${failure}`] || words.includes(`failed_${failure}:`), failure);
  });

  test('the names of the texts are the same in the English words and in the types', () => {
    same(union('export type TextName ='), Object.keys(ENGLISH));
  });

  test('the fallback takes every input that the session in the wasm takes', () => {
    const shell = all(find(read('crates', 'widget', 'src', 'shell.rs'), /pub enum Told \{([\s\S]*?)\n\}/), /= "(\w+)"/g);
    const fallback = find(script('fallback.js'), /export class Session \{([\s\S]*?)\n\}\n/);
    for (const name of shell) assert.match(fallback, new RegExp(`^  ${name}\\(`, 'm'), `the fallback takes ${name}`);
  });
});

describe('the numbers', () => {
  test('the quiet zone of the code is the same in Rust and in the fallback', () => {
    const modules = constant(read('crates', 'qr', 'src', 'pixels.rs'), 'QUIET_MODULES');
    assert.equal(constant(script('fallback.js'), 'QUIET_MODULES'), modules);
    assert.equal(constant(read('tests', 'support', 'page', 'painter.mjs'), 'QUIET_MODULES'), modules);
  });

  test('the time of a claim and the limits of a pause are the same in both sessions', () => {
    const [machine, pace, fallback] = [session('machine.rs'), session('pauses.rs'), script('fallback.js')];
    const claim = constant(machine, 'CLAIM_LASTS_MS');
    assert.equal(constant(fallback, 'CLAIM_LASTS_MS'), claim);
    assert.equal(constant(read('tests', 'support', 'page', 'twins.mjs'), 'CLAIM_LASTS_MS'), claim);
    const [shortest, unsaid, longest] = all(find(fallback, /Math\.min\(Math\.max\(wish, (\d+\) \|\| \d+, [\d_]+)\)/).replaceAll(')', ''), /([\d_]+)/g).map(number);
    assert.deepEqual([shortest, unsaid, longest], ['GAP_MS', 'UNTOLD_MS', 'HINT_AT_MOST_MS'].map((name) => constant(pace, name)));
    assert.equal(number(find(fallback, /Math\.min\(retryAfter \?\? 0, ([\d_]+)\)/)), longest);
    assert.equal(number(find(fallback, /retryAfter > ([\d_]+)/)), constant(machine, 'LONGEST_WAIT_MS'));
  });

  test('a cart keeps its key longer than an order can be paid', () => {
    const [minutes] = [Number(find(read('crates', 'order', 'src', 'terms.rs'), /MAX_LIFE_MS: i64 = (\d+) \* 60_000/))];
    assert.ok(Number(find(script('cart.js'), /KEPT_MS = (\d+) \* 3600_000/)) * 60 > minutes);
  });
});

describe('the languages', () => {
  test('the gallery has every language', () => {
    same(find(read('www', 'widget', 'gallery.js'), /LANGUAGES = '([^']+)'/).split(' '), LANGUAGES);
  });

  test('the right-to-left languages are the same in the element, in the Worker’s page and in the words', () => {
    const list = find(script('view.js'), /\/\^\(([\w|]+)\)\\b\//).split('|');
    same(all(find(ofTheWorker('words.rs'), /is_right_to_left[\s\S]*?matches!\(self\.tag, ([^)]*)\)/), /"(\w+)"/g), list);
    for (const tag of LANGUAGES) {
      const words = Object.values(wordsIn(tag)).flatMap(Object.values).join('');
      assert.equal(/[\p{Script=Arabic}\p{Script=Hebrew}]/u.test(words), list.includes(tag.split('-')[0]), tag);
    }
  });

  test('a tag finds its language by the same table in the element and in the Worker’s page', () => {
    const table = all(find(script('texts.js'), /const NEAREST = \{([^}]*)\}/), /([\w-]+'?: '[\w-]+)'/g).map((row) => row.replace(/'?: '/, ' '));
    const worker = [...find(ofTheWorker('accept_language.rs'), /const NEAREST[^=]*= \[([\s\S]*?)\];/).matchAll(/\("([\w-]+)", "([\w-]+)"\)/g)].map(([, from, to]) => `${from} ${to}`);
    assert.equal(table.length, 7);
    same(table, worker);
  });
});
