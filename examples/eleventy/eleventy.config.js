/** @param {import('@11ty/eleventy/UserConfig').default} eleventy */
export default function (eleventy) {
  // The address of your Worker, for every page.
  eleventy.addGlobalData('worker', process.env.WORKER_URL ?? 'https://pay.example.com');

  // The Worker takes its prices from the file that the pages are made from.
  eleventy.addPassthroughCopy({ '_data/catalog.json': 'catalog.json' });

  eleventy.addFilter('money', (minor, currency) => {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency });
    return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
  });
}
