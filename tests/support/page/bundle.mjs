// A shop in React, Vue or Svelte, bundled by esbuild as users of the framework would do it.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { build } from 'esbuild';
import { compile as compileSvelte, compileModule } from 'svelte/compiler';
import { compileScript, parse } from 'vue/compiler-sfc';

import { ROOT } from '../project.mjs';

/** A page with only this script and a place for what the script makes. */
export const app = (script) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Tea</title><div id="app"></div><script type="module">${script.replaceAll('</script', '<\\/script')}</script>`;

/** Bundles this file into one script. */
export async function bundle(entry, worker) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    nodePaths: [join(ROOT, 'node_modules')],
    bundle: true,
    write: false,
    format: 'esm',
    jsx: 'automatic',
    minify: true,
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"', __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false', __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false' },
    conditions: ['browser', 'svelte'],
    plugins: [from(worker), vue, svelte],
  });
  return outputFiles[0].text;
}

/** The element is not bundled: the page loads it from the Worker. */
const from = (worker) => ({
  name: 'from the Worker',
  setup({ onResolve }) {
    onResolve({ filter: /^wechatpay-edge$/ }, () => ({ path: `${worker}/widget/wechat-pay.js`, external: true }));
  },
});

const vue = {
  name: 'vue',
  setup({ onLoad }) {
    onLoad({ filter: /\.vue$/ }, async ({ path }) => {
      const { descriptor } = parse(await readFile(path, 'utf8'), { filename: path });
      const isCustomElement = (tag) => tag === 'wechat-pay';
      const { content } = compileScript(descriptor, {
        id: 'shop',
        inlineTemplate: true,
        templateOptions: { compilerOptions: { isCustomElement } },
      });
      return { contents: content, loader: 'js' };
    });
  },
};

const svelte = {
  name: 'svelte',
  setup({ onLoad }) {
    onLoad({ filter: /\.svelte$/ }, async ({ path }) => {
      const { js } = compileSvelte(await readFile(path, 'utf8'), { filename: path, generate: 'client' });
      return { contents: js.code, loader: 'js' };
    });
    onLoad({ filter: /\.svelte\.js$/ }, async ({ path }) => ({
      contents: compileModule(await readFile(path, 'utf8'), { filename: path, generate: 'client' }).js.code,
      loader: 'js',
    }));
  },
};
