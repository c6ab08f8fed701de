// The table of promises agrees with the documents and with the tests. After a run, `ran.mjs` says whether the tests that the
// table names have passed.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { ROOT } from '../support/project.mjs';
import { blocks, codeSpans, plain, tables, withoutCode } from '../support/project/markdown.mjs';
import { INVARIANTS, TABLE, commands, misquoted, missing, proof, readInvariants, readPromises, unproved } from '../support/project/promises.mjs';
import { notPassed, readRan, withoutWebKit } from '../support/project/ran.mjs';
import { cargoTests, glob, hasCargoTest, hasNodeTest } from '../support/project/test-names.mjs';

/**
 * Documents whose sentences need no row: about one release, about the table itself, and the protocol reference. The reference
 * has facts about WeChat Pay, with a mark for how sure each is. They are not promises of this project. The Chinese guides say
 * what the English ones say: guides.test.mjs holds each figure of theirs to the English one.
 */
const NOT_HELD = ['CHANGELOG.md', TABLE, 'docs/protocol/', 'docs/guide/zh/'];
const isHeld = (name) => !NOT_HELD.some((each) => name === each || (each.endsWith('/') && name.startsWith(each)));
const read = (document) => readFileSync(join(ROOT, document), 'utf8');
const DOCUMENTS = new Map(
  execFileSync('git', ['ls-files', '-z', '*.md'], { cwd: ROOT, encoding: 'utf8' })
    .split('\0')
    .filter((name) => name !== '' && isHeld(name))
    .map((name) => [name, read(name)]),
);
const PROMISES = readPromises(read(TABLE));
const proofsOf = (rows, document) => rows.flatMap(({ proofs, line }) => proofs.map((each) => ({ ...each, at: `${document}:${line}` })));

describe('the table of promises', () => {
  test('says what the documents say, in their words', () => {
    assert.deepEqual(misquoted(PROMISES, DOCUMENTS), []);
  });

  test('has a section for each document, and no two rows with the same words', () => {
    const sections = new Set([...PROMISES.promises, ...PROMISES.without].map(({ document }) => document));
    assert.deepEqual([...sections].sort(), [...DOCUMENTS.keys()].sort());
    const words = PROMISES.promises.map((row) => `${row.document}: ${row.words}`);
    assert.deepEqual(words.filter((each, at) => words.indexOf(each) !== at), []);
  });

  test('and the table of invariants name tests and commands that there are', () => {
    const invariants = readInvariants(read(INVARIANTS));
    assert.equal(invariants.length, 19);
    const all = [...proofsOf(PROMISES.promises, TABLE), ...proofsOf(invariants, INVARIANTS)];
    assert.deepEqual(all.flatMap((each) => missing(ROOT, each) ?? []), []);
  });

  test('has every figure of the documents that has a unit', () => {
    assert.deepEqual([...DOCUMENTS].flatMap(([name, text]) => unproved(PROMISES, name, text)), []);
  });
});

describe('the reader of Markdown', () => {
  test('knows paragraphs, items, headings and rows as blocks, and leaves code and comments out', () => {
    const text = [
      '# A [title](x)',
      '',
      'Two lines of **one**',
      'paragraph.',
      '- an item',
      '  that goes on',
      '- another',
      '',
      '```sh',
      'sleep 5 s',
      '```',
      '',
      '    npm run for 5 minutes',
      '',
      '<!-- 7 days -->',
      '| a | b \\| c |',
      '| --- | --- |',
      '| d<br>e | f |',
    ].join('\n');
    assert.deepEqual(
      blocks(text).map((block) => `${block.line}: ${block.text}`),
      ['1: # A title', '3: Two lines of one paragraph.', '5: an item that goes on', '7: another', '16: a | b | c', '18: d e | f'],
    );
  });

  test('reads the words of a diagram, since people read them', () => {
    assert.deepEqual(blocks('```mermaid\nA->>B: within 5 s\n```\nthen').map(({ text }) => text), ['A->>B: within 5 s', 'then']);
  });

  test('knows each table by the heading above it, and one table from the next', () => {
    const table = '| h | i |\n| --- | --- |\n| 1 | 2 |\n| 3 | \\| |\n';
    const found = tables(`## One\n\n${table}\n${table}\n### Below\n\n## Two\n\n${table}`);
    assert.deepEqual(found.map(({ heading }) => heading), ['One', 'One', 'Two']);
    assert.deepEqual(found[0].head, ['h', 'i']);
    assert.deepEqual(found[2].rows.map(({ cells }) => cells), [['1', '2'], ['3', '|']]);
    assert.equal(found[0].rows[1].line, 6);
  });

  test('finds what stands in backticks, also with backticks in it', () => {
    assert.deepEqual(codeSpans('`a`, `` b`c `` and `d`'), ['a', 'b`c', 'd']);
    assert.equal(withoutCode('x `a` y `` b`c ``'), 'x  y ');
  });

  test('compares words without links, bold and line breaks', () => {
    assert.equal(plain('so **many**\n[links](a(b)c) and ![pictures](d)'), 'so many links and pictures');
  });
});

describe('a row of the table', () => {
  const row = (proved, words = 'It is so.') => readPromises(`## a.md\n\n| what | proves |\n| --- | --- |\n| ${words} | ${proved} |\n`).promises[0];

  test('has its proofs, its reason, or both', () => {
    assert.deepEqual(row('`crates/order: a::b`<br>`lint: wire`, `cargo xtask bench wire`').proofs, [
      { kind: 'cargo', where: 'order', name: 'a::b' },
      { kind: 'lint', where: 'wire', name: 'clippy' },
      { kind: 'command', where: 'cargo xtask', name: 'bench wire' },
    ]);
    assert.equal(row('Cannot be proved here: it is far away.').unprovable, 'it is far away.');
    const both = row('`crates/worlds: a`<br>Cannot be proved here: the rest.');
    assert.deepEqual([both.proofs.length, both.unprovable], [1, 'the rest.']);
  });

  test('without a proof, with prose for a proof or with a word of no test is refused, with its line', () => {
    assert.throws(() => row(''), /promises\.md:5: there is no proof/);
    assert.throws(() => row('Cannot be proved here:'), /:5: what proves it stands in backticks/);
    assert.throws(() => row('`crates/worlds: a` and the rest'), /:5: .*nothing besides: andtherest/);
    assert.throws(() => row('`a test`'), /:5: .*names no test/);
    assert.throws(() => row('`crates/worlds: a`', ''), /:5: a row has the words/);
    assert.throws(() => row('`crates/worlds: a` | x'), /:5: a row has the words/);
    assert.throws(() => readPromises('## No promises\n\n| a | b | c |\n| --- | --- | --- |\n| a.md | 5 s | |\n'), /:5: .*why they promise nothing/);
    assert.throws(() => readInvariants('| invariant | tests |\n| --- | --- |\n| a | all |\n'), /:3: there is no proof/);
  });

  test('whose words are not those of its document is told', () => {
    const told = (words, text) => misquoted({ promises: [row('`crates/worlds: a`', words)], without: [] }, new Map([['a.md', text]])).length === 0;
    assert.ok(told('It is so.', 'Now\nand here: It **is**\nso.'));
    assert.ok(told('It … so', 'It is [so](x)'));
    assert.ok(!told('so … It', 'It is so'));
    assert.ok(!told('It is so', 'It is not so'));
    assert.ok(!told('It is so', 'It\n\nis so'), 'not over two paragraphs');
    assert.equal(misquoted({ promises: [row('`crates/worlds: a`')], without: [] }, new Map()).length, 1, 'there is no such document');
  });
});

describe('a figure with a unit', () => {
  const rows = (...words) => ({ promises: words.map((each) => ({ document: 'a.md', words: each })), without: [] });
  const found = (text, promised = rows()) => unproved(promised, 'a.md', text).map((each) => /“(.*?)”/.exec(each)[1]);

  test('is found in digits and in words, and with a word before its unit', () => {
    const figures = ['5 ms', '3.8 µs', '1,234 bytes', '22 KB', '100 %', '5%', '2×', '38 px', 'five seconds', 'a minute', 'half an hour', 'ten seconds', 'twelve days'];
    for (const figure of [...figures, 'sixteen languages', 'three working days', 'each hour', 'half a dozen orders']) {
      assert.equal(found(`It takes ${figure}.`).length, 1, figure);
    }
  });

  test('is no other number', () => {
    for (const other of ['API v2', 'RFC 9110', 'HTTP 413', 'invariant 3', 'Node 22', 'section 2', 'one', 'the first order', 'version 1.2.3', 'two of the orders']) {
      assert.deepEqual(found(`It is ${other}.`), [], other);
    }
  });

  test('is told with its line and its sentence when no row has it in its words', () => {
    const text = 'All is well.\n\nFirst. It answers in 5 s; else not.';
    assert.deepEqual(unproved(rows('First.'), 'a.md', text), ['a.md:3: “5 s” has no proof in docs/promises.md: It answers in 5 s;']);
    assert.deepEqual(found(text, rows('answers in 5 s')), []);
    assert.deepEqual(found(text, rows('answers … else')), ['5 s'], 'what is left out has no proof');
    assert.deepEqual(found('In 5 s.\n\nIn 5 s.', rows('In 5 s.')), [], 'the same words, twice');
    assert.deepEqual(unproved({ promises: [], without: [{ document: 'a.md', words: '5 s' }] }, 'a.md', text), []);
    assert.deepEqual(unproved({ promises: [{ document: 'b.md', words: '5 s' }], without: [] }, 'a.md', text).length, 1);
  });

  test('in the name of a test promises nothing; one in other code does', () => {
    assert.deepEqual(found('proved by `tests/a.test.mjs: within 5 s` and `crates/order: a_5 s`'), []);
    assert.deepEqual(found('`max-age: 60 s`'), ['60 s']);
  });
});

describe('the tests that there are', () => {
  let root;
  const file = (path, text) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'promises-'));
    file(
      'tests/worker/a.test.mjs',
      [
        "import { FAULTS } from '../support/faults.mjs';",
        "const once = process.env.X ? test : () => {};",
        "test('it’s a \\'plain\\' one', () => {});",
        "describe('a suite', () => {});",
        "  test(`${fault}: it recovers in ${say({ a: 1 })} steps`, () => {});",
        'test.skip("later", () => {});',
        'once(`sometimes`, () => {});',
        "a.test('of another thing', () => {});",
      ].join('\n'),
    );
    file('tests/worker/loop.test.mjs', "const NAMES = ['by its name', `or so`];\nconst TABLE = { of_a_table: 1 };\nfor (const name of NAMES) test(name, () => {});\n");
    file('tests/support/faults.mjs', "export const FAULTS = ['the line is cut'];");
    file('crates/order/src/lib.rs', 'mod tests {\n    #[test]\n    fn at_the_root() {}\n\n    fn no_test() {}\n}\n/// ```\n/// ```\n');
    file('crates/order/src/object/mod.rs', '#[cfg(test)]\npub(crate) mod tests {\n    mod inner {\n        #[test]\n        #[should_panic]\n        fn deep() {}\n    }\n\n    #[test]\n    fn after_it() {}\n}\n');
    file('crates/order/tests/stories/main.rs', 'mod paying;\n#[test]\nfn whole() {}\n');
    file('crates/order/tests/stories/paying.rs', '#[test]\nfn once() {}\n');
    file('crates/worlds/tests/worlds.rs', '#[test]\nfn all_end_well() {}\n');
  });
  after(() => rmSync(root, { recursive: true }));

  test('of Node are known by their texts, by the places in them, and by the words that fill them', () => {
    const has = (name) => hasNodeTest(root, 'tests/worker/a.test.mjs', name);
    for (const name of ["it’s a 'plain' one", 'later', 'sometimes', 'it’s *', '*: it recovers *']) assert.ok(has(name), name);
    for (const name of ['it’s a', 'a suite', 'never', 'of another thing', 'it recovers *!', 'on* stairs']) assert.ok(!has(name), name);
    for (const name of ['by its name', 'or so', 'of_a_table']) assert.ok(hasNodeTest(root, 'tests/worker/loop.test.mjs', name), name);
    assert.ok(!hasNodeTest(root, 'tests/worker/loop.test.mjs', 'by another name'));
    assert.ok(has('the line is cut: it recovers in 3 steps'), 'the fault stands in a file that is imported');
    assert.ok(!has('the line is gone: it recovers in 3 steps'));
    assert.ok(!hasNodeTest(root, 'tests/worker/b.test.mjs', 'later'), 'there is no such file');
  });

  test('of cargo are known by their paths', () => {
    assert.deepEqual([...cargoTests(root, 'order')].sort(), ['object::tests::after_it', 'object::tests::inner::deep', 'paying::once', 'tests::at_the_root', 'whole']);
    assert.ok(hasCargoTest(root, 'worlds', 'all_end_well'));
    assert.ok(hasCargoTest(root, 'order', 'object::*') && !hasCargoTest(root, 'order', 'object') && !hasCargoTest(root, 'order', 'paid*'));
    assert.ok(hasCargoTest(root, 'order', 'crates/order/src/lib.rs - Order (line 1)'));
    assert.ok(!hasCargoTest(root, 'order', 'crates/order/src/object/mod.rs - Order (line 1)'), 'no example stands there');
  });

  test('and one that there is not is told; so is a command that there is not', () => {
    assert.equal(missing(root, proof('crates/worlds: all_end_well', '')), undefined);
    assert.equal(missing(root, proof('crates/worlds: all_end_badly', '')), 'there is no test “all_end_badly” in worlds');
    assert.equal(missing(ROOT, proof('cargo xtask bench wire', '')), undefined);
    assert.equal(missing(ROOT, proof('cargo xtask dance', '')), '`cargo xtask` has no command “dance”');
    assert.ok(commands(ROOT).has('test') && commands(ROOT).has('doctor') && !commands(ROOT).has('ran'));
  });

  test('can be named several at once', () => {
    assert.ok(glob('a*c').test('abc') && glob('a*').test('a') && glob('a.c').test('a.c'));
    assert.ok(!glob('a*c').test('abcd') && !glob('a.c').test('abc'));
  });
});

describe('what a run has written down', () => {
  const RAN = readRan(
    [
      'passed\ttests/worker/a.test.mjs\tit holds: always',
      'passed\torder/lib\ta::one',
      'passed\torder/stories\ta::two',
      'failed\torder/stories\ta::three',
      'skipped\ttests/browser/a.test.mjs\tin both\tno Firefox is installed',
      'skipped\ttests/browser/a.test.mjs\tsilently\t',
      'passed\tworlds/it\tall_end_well',
      'passed\ttool\tclippy',
      '',
    ].join('\n'),
  );
  const said = (...references) => notPassed(references.map((each, at) => ({ ...proof(each, ''), by: `row ${at + 1}` })), RAN);

  test('names those that have passed, by their file or by their crate', () => {
    assert.deepEqual(said('tests/worker/a.test.mjs: it holds: always', 'crates/order: a::one', 'crates/order: a::t*o', 'crates/worlds: all_end_well', 'lint: order', 'cargo xtask bench'), []);
  });

  test('tells those of WebKit that were skipped for want of it, and of no other engine', () => {
    const ran = readRan(
      [
        'skipped\ttests/browser/webkit/a.test.mjs\tit holds\tWEBKIT_DRIVER_BIN names no driver of WebKit',
        'skipped\ttests/browser/webkit/a.test.mjs\tlater\ttoo slow',
        'skipped\ttests/worker/a.test.mjs\tit holds\tWEBKIT_DRIVER_BIN names no driver of WebKit',
      ].join('\n'),
    );
    const named = ['tests/browser/webkit/a.test.mjs: it holds', 'tests/browser/webkit/a.test.mjs: later', 'tests/worker/a.test.mjs: it holds'].map((each) => ({ ...proof(each, ''), by: 'a row' }));
    assert.deepEqual(withoutWebKit(named, ran), ['tests/browser/webkit/a.test.mjs: it holds']);
    assert.deepEqual(notPassed(named, ran), [
      'tests/browser/webkit/a.test.mjs: later: was skipped: too slow (a row)',
      'tests/worker/a.test.mjs: it holds: was skipped: WEBKIT_DRIVER_BIN names no driver of WebKit (a row)',
    ]);
  });

  test('tells of each other one why not, once, and who names it', () => {
    assert.deepEqual(said('crates/order: a::three', 'crates/order: a::t*', 'crates/order: a::three'), [
      'order: a::three: failed (row 1, row 3)',
      'order: a::t*: “a::three” failed (row 2)',
    ]);
    assert.deepEqual(said('tests/browser/a.test.mjs: in both', 'tests/browser/a.test.mjs: silently'), [
      'tests/browser/a.test.mjs: in both: was skipped: no Firefox is installed (row 1)',
      'tests/browser/a.test.mjs: silently: was skipped (row 2)',
    ]);
    assert.deepEqual(said('crates/order: b::one', 'crates/wire: a::one', 'crates/worlds: a::one'), [
      'order: b::one: it has not run (row 1)',
      'wire: a::one: nothing has run there (row 2)',
      'worlds: a::one: it has not run (row 3)',
    ]);
    const lint = { ...proof('lint: wire', ''), by: 'row 1' };
    assert.deepEqual(notPassed([lint], readRan('failed\ttool\tclippy\n')), ['the lints of wire: failed (row 1)']);
    assert.deepEqual(notPassed([lint], readRan('skipped\ttool\tclippy\tit is not installed\n')), ['the lints of wire: was skipped: it is not installed (row 1)']);
  });

  test('is not guessed at when it cannot be read', () => {
    assert.throws(() => readRan('ok\ta\tb\n'), /not understood: ok/);
    assert.throws(() => readRan('passed\ta\n'), /not understood/);
  });
});
