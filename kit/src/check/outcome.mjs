// One check before a deployment, in the form of the Worker's own readiness: its name, how it came out, what was seen, what
// to do.

export const ok = (name, seen) => ({ name, outcome: 'ok', seen });
export const failed = (name, seen, mend) => ({ name, outcome: 'failed', seen, mend });
export const notChecked = (name, seen, mend = '') => ({ name, outcome: 'not_checked', seen, ...(mend && { mend }) });

/** The check if it is fulfilled, or what is wrong. */
export const must = (fulfilled, name, seen, wrong, mend) => (fulfilled ? ok(name, seen) : failed(name, wrong, mend));
