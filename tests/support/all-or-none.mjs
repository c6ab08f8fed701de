// What a file of tests starts before them. Where one part does not start, those that did are stopped: what nobody knows of
// would keep the file, and the whole run, from ending.

/** The parts in their order; rejects with what the first that failed has said. */
export async function allOrNone(parts) {
  const settled = await Promise.allSettled(parts);
  const failed = settled.find(({ status }) => status === 'rejected');
  if (!failed) return settled.map(({ value }) => value);
  await Promise.all(settled.map(({ value }) => value?.stop?.() ?? value?.close?.()));
  throw failed.reason;
}
