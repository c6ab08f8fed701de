// Starts the parts that a file of tests needs. If one part does not start, the others are stopped: a part that nobody
// stops would keep the file, and the whole run, from ending.

/** Resolves to the parts in their order. Rejects with the error of the first part that failed. */
export async function allOrNone(parts) {
  const settled = await Promise.allSettled(parts);
  const failed = settled.find(({ status }) => status === 'rejected');
  if (!failed) return settled.map(({ value }) => value);
  await Promise.all(settled.map(({ value }) => value?.stop?.() ?? value?.close?.()));
  throw failed.reason;
}
