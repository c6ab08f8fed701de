// A reporter of Node’s test runner for the tool: one line per test, `status<TAB>file<TAB>name<TAB>reason`.
//
// `status` is `passed`, `failed` or `skipped`; `file` is the one that was run, from the project’s root, with `, Firefox` where
// it ran in Firefox; `name` is the test’s own, without those of the suites around it; `reason` is why it was skipped. Suites
// have no line. A file has one only when it fails as a whole, with its path as the name.

import { relative, resolve } from 'node:path';

const ENGINE = process.env.BROWSER === 'firefox' ? ', Firefox' : '';

/** The end of a file’s tests is its summary, or, when it failed as a whole or had no test, its own event. */
export default async function* ran(events) {
  let held = [];
  for await (const { type, data } of events) {
    if (type === 'test:summary' && data.file) {
      yield* held.map((test) => line(data.file, test));
      held = [];
    } else if (type === 'test:pass' || type === 'test:fail') {
      const whole = data.nesting === 0 && resolve(data.name) === data.file;
      if (!whole) {
        if (data.details?.type !== 'suite' || failedByItself(data)) held.push(test(type, data));
        continue;
      }
      yield* held.map((test) => line(data.file, test));
      held = [];
      if (type === 'test:fail') yield line(data.file, { status: 'failed', name: relative('.', data.file), reason: '' });
    }
  }
}

/** A suite whose `before` or `after` failed; not one that fails because a test in it did. */
function failedByItself(data) {
  return data.details.error !== undefined && data.details.error.failureType !== 'subtestsFailed';
}

function test(type, { name, skip, todo }) {
  const left = skip ?? todo;
  if (left !== undefined && left !== false) return { status: 'skipped', name, reason: typeof left === 'string' ? left : '' };
  return { status: type === 'test:pass' ? 'passed' : 'failed', name, reason: '' };
}

function line(file, { status, name, reason }) {
  return `${[status, relative('.', file) + ENGINE, name, reason].map((part) => part.replaceAll(/\s+/g, ' ')).join('\t')}\n`;
}
