// Checks as lines for a person.

const SIGN = { ok: '✓', failed: '✗', not_checked: '–' };

/** A line for each check, and one more that says what to do if there is something. */
export const lines = (checks) =>
  checks.flatMap(({ name, outcome, seen, mend }) => [`${SIGN[outcome]} ${name.padEnd(22)} ${seen}`, ...(mend ? [`${' '.repeat(25)}→ ${mend}`] : [])]);

/** How many must be mended. */
export const wrong = (checks) => checks.filter(({ outcome }) => outcome === 'failed').length;

/** All of them before a deployment, with the end of it, and whether nothing failed. */
export function inWords(checks) {
  const count = wrong(checks);
  const end = count ? `${count} of these must be mended before you deploy.` : 'Nothing stands against deploying. Afterwards ask the Worker itself: npx wechatpay-edge doctor.';
  return { lines: [...lines(checks), '', end], isWell: count === 0 };
}
