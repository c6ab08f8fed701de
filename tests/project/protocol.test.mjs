// Every section that the project cites exists: a section of the protocol has a heading in `docs/protocol`. A citation of
// another document names its RFC or standard. `tests/support/project/protocol.mjs` says how a citation is written.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, test } from 'node:test';

import { ROOT } from '../support/project.mjs';
import { tables } from '../support/project/markdown.mjs';
import { REFERENCE, citations, leadNowhere, sections, twice } from '../support/project/protocol.mjs';

/** The texts below are wrong on purpose. */
const THIS = 'tests/project/protocol.test.mjs';
const FILES = new Map(
  execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' })
    .split('\0')
    .filter((file) => file !== '' && file !== THIS && existsSync(join(ROOT, file)))
    .map((file) => [file, readFileSync(join(ROOT, file))])
    .filter(([, bytes]) => !bytes.includes(0))
    .map(([file, bytes]) => [file, bytes.toString()]),
);
const HEADINGS = sections(FILES);
const PAGES = [...FILES].filter(([file]) => file.startsWith(REFERENCE));

describe('the protocol reference', () => {
  test('has a heading for every section that is cited, and every § names its document', () => {
    assert.ok(citations(FILES) > 130, `${citations(FILES)} citations were found`);
    assert.deepEqual(leadNowhere(FILES, HEADINGS), []);
  });

  test('has no section twice', () => {
    assert.ok(HEADINGS.size > 50, `${HEADINGS.size} sections were found`);
    assert.deepEqual(twice(HEADINGS), []);
  });

  test('names each of its files and its section in its contents, and each leads back there', () => {
    const [contents] = tables(FILES.get(`${REFERENCE}README.md`)).filter(({ heading }) => heading === 'Contents');
    const listed = contents.rows.map(({ cells: [section, link] }) => [section.slice(1), /\((.*)\)/.exec(link)?.[1] ?? 'README.md']);
    assert.deepEqual(listed.map(([, file]) => REFERENCE + file).sort(), PAGES.map(([file]) => file).sort());
    for (const [section, file] of listed) assert.ok(HEADINGS.get(section)?.[0].startsWith(`${REFERENCE}${file}:`), `§${section}: ${file}`);
    for (const [file, text] of PAGES) {
      const [, opening] = text.split('\n\n');
      assert.ok(file === `${REFERENCE}README.md` || opening.includes('](README.md)'), `${file} does not lead back`);
    }
  });

  test('links to files that there are', () => {
    const links = PAGES.flatMap(([file, text]) => [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, to]) => normalize(join(dirname(file), to))));
    assert.ok(links.length > 20, links.join());
    assert.deepEqual(links.filter((to) => !FILES.has(to)), []);
  });
});

describe('a citation', () => {
  const PAGE = '# §1 One\n\n## §1.2 Two\n\n```\n# §9 no heading\n```\n\n§1.2 is above.\n';
  const found = (text, file = 'crates/order/src/a.rs', more = {}) => {
    const files = new Map(Object.entries({ 'docs/protocol/a.md': PAGE, ...more, [file]: text }));
    return leadNowhere(files, sections(files)).filter((each) => each.startsWith(`${file}:`));
  };

  test('of the protocol is found when its section has a heading', () => {
    for (const good of ['(protocol §1.2)', 'Protocol §1', 'protocol §1, §1.2', 'protocol §1 to §1.2', 'protocol §1, §1.2 and §1']) {
      assert.deepEqual(found(`// ${good}.\n`), [], good);
    }
    for (const bad of ['protocol §9', 'protocol §1.20', 'protocol §1.2.1', 'protocol §1, §3', 'protocol §1 to §2', 'protocol §1,\n//! §1.3']) {
      assert.equal(found(`// ${bad}.\n`).length, 1, bad);
    }
  });

  test('is told with its file, its line and its section', () => {
    assert.deepEqual(found('//! One (protocol §1).\n//!\n//! Two (protocol §7.6).\n'), [
      'crates/order/src/a.rs:3: protocol §7.6 has no heading in docs/protocol/',
    ]);
    assert.match(found('a\n/// closed (§1.2)')[0], /^crates\/order\/src\/a\.rs:2: §1\.2 of what\?/);
  });

  test('may go over the end of a line', () => {
    assert.deepEqual(found('/// It is so (protocol\n    /// §1.2), and so (protocol §1,\n    /// §1.2).\n'), []);
    assert.deepEqual(found('  # so (RFC\n  # 9110 §12.4.2)\n'), []);
  });

  test('of an RFC or a standard names it', () => {
    for (const good of ['RFC 9110 §12.5.4', 'ISO/IEC 18004 §7.8', 'XML 1.0 §2.11', 'RFC 4647 §3.3.1 and §3.4']) assert.deepEqual(found(good), [], good);
    for (const bad of ['§7.8', 'RFC §3', 'the standard §3', 'subprotocol §1', 'protocol, vocabulary; §1', '(protocol §1) and (§1.2)', 'RFC 9110: §3']) {
      assert.equal(found(bad).length, 1, bad);
    }
  });

  test('without a name means what the header of its file or of its crate says', () => {
    const says = '//! Codes.\n//!\n//! In comments `§` alone means a section of\n//! ISO/IEC 18004.\n';
    assert.deepEqual(found('/// (§7.9)', 'crates/qr/src/mask.rs', { 'crates/qr/src/lib.rs': says }), []);
    assert.deepEqual(found(`${says}\n/// (§7.9)`, 'tests/a.rs'), []);
    assert.equal(found('/// (§7.9)', 'crates/order/src/mask.rs', { 'crates/qr/src/lib.rs': says }).length, 1, 'another crate');
    assert.equal(found(`fn a() {}\n${says}/// (§7.9)`).length, 1, 'not in the header');
    assert.equal(found('/// protocol §7.9', 'crates/qr/src/mask.rs', { 'crates/qr/src/lib.rs': says }).length, 1, 'the protocol is named');
  });

  test('in the reference itself means the reference', () => {
    assert.deepEqual(found('see §1.2', 'docs/protocol/b.md'), []);
    assert.equal(found('see §1.3', 'docs/protocol/b.md').length, 1);
    assert.equal(found('see §9', 'docs/protocol/b.md').length, 1, 'code has no headings');
    assert.equal(found('see §1.2', 'docs/other.md').length, 1);
  });

  test('has a number', () => {
    assert.equal(found('protocol § 1').length, 1);
    assert.deepEqual(found('a `§` in a comment'), []);
  });

  test('of a section with two headings is no help', () => {
    const files = new Map([['docs/protocol/a.md', PAGE], ['docs/protocol/b.md', 'x\n\n### §1.2 Again\n'], ['docs/c.md', '# §1 Elsewhere\n']]);
    assert.deepEqual(twice(sections(files)), ['§1.2 is the heading of docs/protocol/a.md:3 and docs/protocol/b.md:3']);
  });
});
