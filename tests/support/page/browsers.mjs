// Real browsers, headless. Their pages record everything that goes wrong in them.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium, firefox } from 'playwright-core';

import { fromEnvironment } from '../project.mjs';
import { FONTS, WITHOUT_FONTS_OF_THE_MACHINE as env } from './fonts.mjs';

/** A phone and a desktop. Everything must look right at both widths. */
export const SIZES = {
  desktop: { width: 1280, height: 900 },
  phone: { width: 390, height: 844, touch: true },
};

/**
 * Messages of Firefox that are not troubles: about the style that its driver writes for a screenshot, and about a socket
 * that the page closed while it was opening. Firefox reports both as errors.
 */
const OF_THE_DRIVER = /\(style-src-elem\)|style-src-elem by inline in .*eval$|connect.* ws:/;

/** The engine of this run: `BROWSER=firefox` runs the same tests in Firefox. */
export const ENGINE = process.env.BROWSER ?? 'chromium';

/**
 * Starts the browser that `CHROME_BIN` or `FIREFOX_BIN` names. If `CHROME_SHELL_BIN` names Chromium's headless shell, a test
 * gets the shell unless it asks for the `whole` Chromium. The shell has the same engine and takes half the time, but it has
 * no windows and no back/forward cache. `args` are added to Chromium's command line.
 */
export async function openBrowser({ whole = false, args = [] } = {}) {
  // The Firefox that Mozilla ships, driven by WebDriver BiDi. Its sandbox lets a page's process read only the system's fonts.
  if (ENGINE === 'firefox') {
    const firefoxUserPrefs = { 'security.sandbox.content.read_path_whitelist': `${FONTS}/` };
    return firefox.launch({ channel: 'moz-firefox', executablePath: fromEnvironment('FIREFOX_BIN'), env, firefoxUserPrefs });
  }
  return chromium.launch({
    executablePath: (!whole && process.env.CHROME_SHELL_BIN) || fromEnvironment('CHROME_BIN'),
    env,
    // Shoppers' browsers have a back/forward cache. The driver would switch it off.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...args,
    ],
  });
}

/**
 * A browser context that collects the troubles of all its pages in `context.troubles`: console errors,
 * uncaught errors, failed loads and violations of the Content-Security-Policy, one line each.
 */
export async function openContext(browser, { size = SIZES.desktop, colorScheme = 'light', scale = 1, locale = 'en-HK' } = {}) {
  const context = await browser.newContext({
    viewport: { width: size.width, height: size.height },
    ...(ENGINE === 'chromium' && { isMobile: size.touch === true, hasTouch: size.touch === true, permissions: ['clipboard-read', 'clipboard-write'] }),
    deviceScaleFactor: scale,
    colorScheme,
    locale,
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(15_000);
  context.troubles = [];
  const trouble = (text) => ENGINE === 'firefox' && OF_THE_DRIVER.test(text) ? undefined : context.troubles.push(text);
  await context.exposeBinding('__trouble', (_source, text) => trouble(text));
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) =>
      globalThis.__trouble(`policy violated: ${violatedDirective} by ${blockedURI} in ${sourceFile}`),
    );
  });
  context.on('console', (message) => {
    if (message.type() === 'error') trouble(`console: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => trouble(`uncaught: ${error.error().message} ${error.error().stack}`));
  context.on('response', (response) => {
    if (response.status() >= 400) context.troubles.push(`${response.status()}: ${response.url()}`);
  });
  return context;
}

/**
 * A context in its own browser, whose user has switched all cookies off in the browser's settings (not through the driver).
 * JavaScript is off unless the test asks for it. Closing the context closes the browser.
 */
export async function openWithoutCookies({ locale = 'en-HK', javaScriptEnabled = false } = {}) {
  const options = { javaScriptEnabled, locale };
  if (ENGINE === 'firefox') {
    const executablePath = fromEnvironment('FIREFOX_BIN');
    const rejectAll = { 'network.cookie.cookieBehavior': 2 };
    const browser = await firefox.launch({ channel: 'moz-firefox', executablePath, firefoxUserPrefs: rejectAll });
    const context = await browser.newContext(options);
    return { context, close: () => browser.close() };
  }
  // The shell has no settings, so this is the whole Chromium. A new context would have no settings either, so use the profile.
  const profile = await mkdtemp(join(tmpdir(), 'wechatpay-edge-profile-'));
  await mkdir(join(profile, 'Default'));
  const blocked = { profile: { default_content_setting_values: { cookies: 2 } } };
  await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(blocked));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: fromEnvironment('CHROME_BIN'),
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
    ...options,
  });
  return {
    context,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
