// The names of the Worker's variables and secrets, from the table of its README, which is made from the Worker itself.

import { readFileSync } from 'node:fs';

/** The secrets of an account, by the check that tries it. */
export const SECRETS_OF = { account: ['WECHAT_API_KEY'], account_v3: ['WECHAT_API_V3_KEY', 'WECHAT_MCH_PRIVATE_KEY'] };

/** `{ variables, secrets, required }`: `required` are the secrets without which nothing is sold, whatever the API. */
export function namesOf(file) {
  const readme = readFileSync(file, 'utf8');
  const [, table] = /<!-- variables -->\n(.*?)<!-- \/ -->/s.exec(readme) ?? [];
  const rows = [...(table ?? '').matchAll(/^\| `([A-Z0-9_]+)` \| (variable|\*\*secret\*\*)(.*?) \|/gm)];
  const of = (kind) => rows.filter(([, , each]) => each === kind);
  const names = (list) => list.map(([, name]) => name);
  if (rows.length < 10) throw new Error(`${file} has no table of variables`);
  return { variables: names(of('variable')), secrets: names(of('**secret**')), required: names(of('**secret**').filter(([, , , unless]) => unless === '')) };
}

/** The secrets without which nothing is sold, by the API of these variables: those of the account come first. */
export function neededSecrets({ required }, { WECHAT_API: api = 'v2', WECHAT_MCH_CERT_SERIAL: serial } = {}) {
  // While orders of API v3 live, their account stays, whatever new orders do.
  return [...(api === 'v2' ? SECRETS_OF.account : []), ...(api !== 'v2' || serial ? SECRETS_OF.account_v3 : []), ...required];
}

/** The known name that is nearest to this one, if it is near. */
export function nearest(name, known) {
  const [best] = known.map((each) => [distance(name, each), each]).toSorted(([one], [other]) => one - other);
  return best && best[0] <= 3 ? best[1] : undefined;
}

/** How many letters must be changed, added or removed. */
function distance(one, other) {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1);
}
