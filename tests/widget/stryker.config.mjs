// Which files `cargo xtask mutants js` changes in small ways, and which tests must notice.

/** The run fails if the tests notice a smaller share of the changes. */
const LEAST_PERCENT = 93;

export default {
  mutate: ['crates/widget/js/{cart,driver,fallback,live,loader,safe,server,texts}.js', 'www/shop/{cart,catalog,demo,words}.js'],
  testRunner: 'tap',
  // The twins' test needs the wasm, which is not built there. The names' test reads the sources, which are rewritten there.
  tap: { testFiles: ['tests/widget/!(names|twins).test.mjs'], nodeArgs: ['--test-reporter=tap', '-r', '{{hookFile}}', '{{testFile}}'] },
  coverageAnalysis: 'perTest',
  // A changed script that runs longer than this counts as noticed.
  timeoutMS: 3000,
  concurrency: 2,
  symlinkNodeModules: false,
  tempDirName: 'changed',
  reporters: ['clear-text', 'html'],
  htmlReporter: { fileName: 'report.html' },
  clearTextReporter: { allowColor: false, reportTests: false, reportScoreTable: true },
  thresholds: { high: 98, low: LEAST_PERCENT, break: LEAST_PERCENT },
};
