// Real headless Chromium, and pages that keep account of everything that goes wrong in them.

import { chromium } from 'playwright-core';

import { fromEnvironment } from './project.mjs';

/** A phone and a desktop, the two widths everything must look right at. */
export const SIZES = {
  desktop: { width: 1280, height: 900 },
  phone: { width: 390, height: 844, touch: true },
};

/** Starts the browser that `CHROME_BIN` names. */
export async function openBrowser() {
  return chromium.launch({
    executablePath: fromEnvironment('CHROME_BIN'),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/**
 * A browser context that keeps `context.troubles` of all its pages: console errors, uncaught errors,
 * failed loads and violations of the Content-Security-Policy, a line each.
 */
export async function openContext(browser, { size = SIZES.desktop, colorScheme = 'light', scale = 2, locale = 'en-HK' } = {}) {
  const context = await browser.newContext({
    viewport: { width: size.width, height: size.height },
    isMobile: size.touch === true,
    hasTouch: size.touch === true,
    deviceScaleFactor: scale,
    colorScheme,
    locale,
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  context.setDefaultTimeout(15_000);
  context.troubles = [];
  await context.exposeBinding('__trouble', (_source, text) => context.troubles.push(text));
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) =>
      globalThis.__trouble(`policy violated: ${violatedDirective} by ${blockedURI} in ${sourceFile}`),
    );
  });
  context.on('console', (message) => {
    if (message.type() === 'error') context.troubles.push(`console: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => context.troubles.push(`uncaught: ${error.error().stack}`));
  context.on('response', (response) => {
    if (response.status() >= 400) context.troubles.push(`${response.status()}: ${response.url()}`);
  });
  return context;
}
