// A second copy of the script, and scripts and Workers of different releases.

export const VERSIONS = {
  'script-from-another-address': { script: ({ elsewhere }) => `${elsewhere}/copy/wechat-pay.js`, endpoint: ({ worker }) => worker, slot: 'script' },
  'a-second-copy-of-the-script': { second: ({ elsewhere }) => `${elsewhere}/copy/wechat-pay.js`, slot: 'second' },
  'a-second-copy-of-an-older-script': {
    second: ({ elsewhere }) => `${elsewhere}/old/wechat-pay.js`,
    slot: 'second',
    // The script that loads first defines the element. The older one has none of the newer fixes.
    alone: true,
    otherLooks: true,
  },
  'older-script-newer-worker': {
    script: ({ elsewhere }) => `${elsewhere}/old/wechat-pay.js`,
    endpoint: ({ worker }) => worker,
    // It has none of the newer fixes.
    alone: true,
    otherLooks: true,
    slot: 'script',
  },
  'newer-script-older-worker': {
    script: ({ elsewhere }) => `${elsewhere}/copy/wechat-pay.js`,
    endpoint: ({ olderWorker }) => olderWorker,
    older: true,
    // The older Worker has none of the newer fixes.
    alone: true,
    slot: 'script',
  },
  'newer-script-older-worker-asking': {
    script: ({ elsewhere }) => `${elsewhere}/copy/wechat-pay.js`,
    endpoint: ({ olderWorker }) => olderWorker,
    page: `delete window.WebSocket;`,
    older: true,
    // The older Worker has none of the newer fixes.
    alone: true,
    slot: 'script',
    withinMs: 30_000,
  },
  'files-of-another-release-beside-the-script': {
    // A cache has the older wasm, words and fallback; the script is new.
    script: ({ elsewhere }) => `${elsewhere}/mixed/wechat-pay.js`,
    endpoint: ({ worker }) => worker,
    slot: 'script',
    // Neither that wasm nor that fallback belongs to the script.
    outcome: ['paid', 'unloaded'],
  },
  'older-script-beside-newer-files': {
    // The shopper's cache has only the older script.
    script: ({ elsewhere }) => `${elsewhere}/outdated/wechat-pay.js`,
    endpoint: ({ worker }) => worker,
    alone: true,
    otherLooks: true,
    slot: 'script',
  },
  'nothing-beside-the-script': {
    // A merchant copied only the script.
    script: ({ elsewhere }) => `${elsewhere}/alone/wechat-pay.js`,
    endpoint: ({ worker }) => worker,
    outcome: ['unloaded', 'unsupported', 'no button'],
    slot: 'script',
  },
};
