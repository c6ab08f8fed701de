// A second copy of the script, and scripts and Workers of different releases.

export const VERSIONS = {
  'script-from-another-address': { script: ({ elsewhere }) => `${elsewhere}/copy/wechat-pay.js`, endpoint: ({ worker }) => worker, slot: 'script' },
  'a-second-copy-of-the-script': { second: ({ elsewhere }) => `${elsewhere}/copy/wechat-pay.js`, slot: 'second' },
  'a-second-copy-of-an-older-script': {
    second: ({ elsewhere }) => `${elsewhere}/old/wechat-pay.js`,
    slot: 'second',
    // Whichever is there first is the element, and nothing that is mended now is mended in the older one.
    alone: true,
    otherLooks: true,
  },
  'older-script-newer-worker': {
    script: ({ elsewhere }) => `${elsewhere}/old/wechat-pay.js`,
    endpoint: ({ worker }) => worker,
    // Nothing that is mended now is mended in it.
    alone: true,
    otherLooks: true,
    slot: 'script',
  },
  'newer-script-older-worker': {
    script: ({ elsewhere }) => `${elsewhere}/copy/wechat-pay.js`,
    endpoint: ({ olderWorker }) => olderWorker,
    older: true,
    // What is mended in the newer Worker is not mended in it.
    alone: true,
    slot: 'script',
  },
  'newer-script-older-worker-asking': {
    script: ({ elsewhere }) => `${elsewhere}/copy/wechat-pay.js`,
    endpoint: ({ olderWorker }) => olderWorker,
    page: `delete window.WebSocket;`,
    older: true,
    // What is mended in the newer Worker is not mended in it.
    alone: true,
    slot: 'script',
    withinMs: 30_000,
  },
  'files-of-another-release-beside-the-script': {
    // A cache holds the older wasm, words and fallback, the script is new.
    script: ({ elsewhere }) => `${elsewhere}/mixed/wechat-pay.js`,
    endpoint: ({ worker }) => worker,
    slot: 'script',
    // Neither that wasm nor that fallback is the script's.
    outcome: ['paid', 'unloaded'],
  },
  'older-script-beside-newer-files': {
    // A cache of the shopper's holds the older script alone.
    script: ({ elsewhere }) => `${elsewhere}/outdated/wechat-pay.js`,
    endpoint: ({ worker }) => worker,
    alone: true,
    otherLooks: true,
    slot: 'script',
  },
  'nothing-beside-the-script': {
    // A merchant copied the script alone.
    script: ({ elsewhere }) => `${elsewhere}/alone/wechat-pay.js`,
    endpoint: ({ worker }) => worker,
    outcome: ['unloaded', 'unsupported', 'no button'],
    slot: 'script',
  },
};
