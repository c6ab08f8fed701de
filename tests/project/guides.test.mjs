// The guides for merchants: both languages say the same, each command has somebody who runs it, and nothing that a merchant
// may meet is left out.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { parse } from 'smol-toml';

import { ROOT } from '../support/project.mjs';
import { FREE, dollars, dollarsToStore, gigabytes, ordersADay, ordersADayStored } from '../support/project/cloudflare.mjs';
import { LANGUAGES, anchors, codeBlocks, commands, guide, guides, headings, links, sections, tableShapes } from '../support/project/guides.mjs';

const read = (path) => readFileSync(join(ROOT, path), 'utf8');
const NAMES = guides('en');

describe('a guide in English and in Chinese', () => {
  test('is there in both', () => assert.deepEqual(guides('zh'), NAMES));

  for (const name of NAMES) {
    const [english, chinese] = LANGUAGES.map((language) => guide(language, name));

    test(`has the same headings, tables and code: ${name}`, () => {
      assert.deepEqual(headings(chinese).map(({ level }) => level), headings(english).map(({ level }) => level));
      assert.deepEqual(tableShapes(chinese), tableShapes(english));
      const code = (text) => codeBlocks(text).map(({ line: _, ...block }) => block);
      assert.deepEqual(code(chinese), code(english));
    });

    test(`leads to the same places: ${name}`, () => {
      // An anchor is a heading, which has other words. Its place among the headings is the same.
      const places = (language) => (text) =>
        links(text)
          .filter(({ path }) => !/^\.\.\/(en|zh)\//.test(path ?? ''))
          .map(({ url, path, anchor }) => {
            if (url !== undefined || anchor === undefined) return url ?? path;
            if (path && path.startsWith('..')) return `${path}#${anchor}`;
            return `${path || name}#${anchors(guide(language, path || name)).indexOf(anchor)}`;
          })
          .sort();
      assert.deepEqual(places('zh')(chinese), places('en')(english));
    });

    test(`has the same figures in each section: ${name}`, () => {
      const figures = (text) =>
        sections(text).map((section) => {
          // Not those of a link, of the name of an API, and of a month, which is a word in English.
          const said = section.replace(/\]\([^)]*\)/g, '').replace(/API ?v\d/g, '').replace(/(\d{4}) 年 \d+ 月/g, '$1');
          return [...said.matchAll(/\d[\d,.:]*\d|\d/g)].map(([figure]) => figure).sort();
        });
      const heads = headings(english).map(({ text }) => text);
      const [here, there] = [figures(english), figures(chinese)];
      for (const [at, found] of here.entries()) assert.deepEqual(there[at], found, heads[at]);
    });
  }
});

describe('each command of the guides', () => {
  /** Who runs the blocks of a kind. Each is a file of tests that fails when it has not run one. */
  const RUNNERS = {
    office: 'tests/worker/guides.test.mjs',
    files: 'tests/worker/guides.test.mjs',
    'refund that waits': 'tests/worker/guides.test.mjs',
    'second payment': 'tests/worker/guides.test.mjs',
    'webhook given up': 'tests/worker/guides.test.mjs',
    'check of the certificate': 'tests/kit/guides.test.mjs',
    init: 'tests/kit/guides.test.mjs',
    shop: 'tests/kit/guides.test.mjs',
  };

  test('is run by a test, or is marked as one that needs an account', (context) => {
    const untested = [];
    for (const name of NAMES) {
      for (const { language, mark, code, line } of codeBlocks(guide('en', name))) {
        if (language !== 'console') continue;
        assert.ok(mark, `${name}:${line}: nobody runs this: ${code}`);
        if (mark.how === 'run') assert.ok(read(RUNNERS[mark.what] ?? 'none').includes(`'${mark.what}'`), `${name}:${line}: nobody runs “${mark.what}”`);
        else untested.push(...commands(code).map((command) => `${name}: ${command} (${mark.what})`));
      }
    }
    for (const each of untested) context.diagnostic(`needs an account: ${each}`);
    // What is not wrangler's is run elsewhere with other words; see tests/kit.
    const known = /: (npx wrangler|npx wechatpay-edge (check|doctor)|npm install --save-exact) ?/;
    assert.deepEqual(untested.filter((each) => !known.test(each)), []);
  });

  test('has no mark without a block below it', () => {
    for (const name of NAMES) {
      const marks = guide('en', name).match(/<!-- (run|needs an account): /g) ?? [];
      assert.equal(marks.length, codeBlocks(guide('en', name)).filter(({ mark }) => mark).length, name);
    }
  });
});

test('each piece of settings in a guide is a binding that wrangler.toml describes', () => {
  const known = read('wrangler.toml');
  const pieces = NAMES.flatMap((name) => codeBlocks(guide('en', name)).filter(({ language }) => language === 'toml'));
  assert.ok(pieces.length > 0);
  for (const { code } of pieces) {
    const { mtls_certificates: certificates, ...other } = parse(code);
    assert.deepEqual(other, {});
    for (const { binding } of certificates) assert.ok(known.includes(`# binding = "${binding}"`), binding);
  }
});

describe('nothing that a merchant may meet is left out', () => {
  const exceptions = [...read('crates/order/src/exception.rs').matchAll(/Self::\w+ => "(\w+)",/g)].map(([, name]) => name);
  const statuses = [...read('crates/order/src/refund.rs').matchAll(/Self::\w+ => "(\w+)",/g)].map(([, name]) => name);

  for (const language of LANGUAGES) {
    const text = guide(language, 'refunds.md');

    test(`each kind of exception has its own paragraph, in ${language}`, () => {
      assert.ok(exceptions.length >= 14, exceptions.join());
      const parts = new Map(sections(text).map((section) => [/^#+ (.*)$/m.exec(section)[1], section.replace(/^#.*$/m, '').trim()]));
      for (const name of exceptions) assert.ok((parts.get(`\`${name}\``) ?? '').length > 20, name);
      const others = [...parts.keys()].filter((title) => /^`.*`$/.test(title) && !exceptions.includes(title.slice(1, -1)));
      assert.deepEqual(others, [], 'a paragraph about a kind that there is not');
    });

    test(`each status of a refund has its row, in ${language}`, () => {
      assert.ok(statuses.length >= 9, statuses.join());
      for (const name of statuses) assert.match(text, new RegExp(`^\\| \`${name}\` \\|`, 'm'), name);
    });

    test(`each secret has its row among those that can be changed, in ${language}`, () => {
      const secrets = [...read('crates/edge/README.md').matchAll(/^\| `(\w+)` \| \*\*secret\*\*/gm)].map(([, name]) => name);
      const rows = guide(language, 'rotation.md');
      for (const name of secrets.filter((each) => !each.endsWith('_PREVIOUS'))) assert.match(rows, new RegExp(`^\\| \`${name}\` \\|`, 'm'), name);
    });
  }
});

test('the guides call what is pressed in the back office as the back office does', async () => {
  const PRESSED = { 'refunds.md': ['refund.part', 'refund', 'order.query'], 'live.md': ['refund.refunded'] };
  for (const language of LANGUAGES) {
    const { default: words } = await import(join(ROOT, `www/admin/lang/${language}.js`));
    for (const [name, keys] of Object.entries(PRESSED)) {
      for (const key of keys) assert.match(guide(language, name).toLowerCase(), new RegExp(`\\*${words[key].toLowerCase()}\\*`), `${language}: ${key}`);
    }
  }
});

describe('the costs of the guide', () => {
  const text = guide('en', 'cost.md');
  const rows = [...text.matchAll(/^\| ([\d,]+) \| (.*) \|$/gm)].map(([, orders, cells]) => [Number(orders.replaceAll(',', '')), cells.split(' | ')]);
  const money = (amount) => `$${amount.toFixed(2)}`;

  test('follow from what docs/cost.md counts, and from the price list', () => {
    assert.deepEqual(rows.map(([orders]) => orders), [100, 1_000, 10_000, 1_000_000]);
    for (const [orders, cells] of rows) {
      const made = [dollars('live', orders), dollars('polling', orders), dollars('polling', orders, 50)].map(money);
      assert.deepEqual(cells, [...made, `${gigabytes(orders).toFixed(2)} GB`, money(dollarsToStore(orders))]);
    }
  });

  test('and how many orders the free plan carries', () => {
    const orders = ordersADay('polling');
    const written = (n) => n.toLocaleString('en-US');
    const made = [
      [`${written(FREE.requests)} requests of the Worker a day`, `${written(orders.requests)}, or ${written(ordersADay('polling', 50).requests)} with 50 page views for each`],
      [`${written(FREE.objectRequests)} requests of objects a day`, written(orders.objectRequests)],
      [`${written(FREE.gigabyteSeconds)} GB-s of objects a day`, written(orders.gigabyteSeconds)],
      [`${written(FREE.written)} rows a day that objects write`, written(orders.written)],
      [`${written(FREE.indexWritten)} rows a day that the index writes`, written(orders.indexWritten)],
      ['5 GB in objects', `${written(ordersADayStored())}, each day of the year`],
    ];
    for (const cells of made) assert.ok(text.includes(`| ${cells.join(' | ')} |`), cells.join(' | '));
  });
});

describe('the twenty questions', () => {
  const [english, chinese] = sections(read('docs/questions.md')).filter((section) => section.startsWith('## '));
  for (const [language, text] of [['en', english], ['zh', chinese]]) {
    test(`have their answers and where more is said, in ${language}`, () => {
      const rows = text.split('\n').filter((line) => /^\| \d+ \|/.test(line));
      assert.deepEqual(rows.map((row) => Number(row.split('|')[1])), Array.from({ length: 20 }, (_, at) => at + 1));
      for (const row of rows) {
        const [, , , answer, where] = row.split(/(?<!\\)\|/);
        assert.ok(answer.trim().length > 15, row);
        assert.ok(links(where).some(({ path }) => path?.startsWith(`guide/${language}/`)), row);
      }
    });
  }

  test('lead to the same pages in both languages', () => {
    const leads = (text, language) => links(text).map(({ path }) => path?.replace(`guide/${language}/`, 'guide/'));
    assert.deepEqual(leads(chinese, 'zh'), leads(english, 'en'));
  });
});
