import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const EXECUTABLE = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

if (EXECUTABLE === undefined) {
  if (process.env['CI'] !== undefined) throw new Error('There is no Chromium for the browser tests');
  process.stderr.write('\nSKIPPED: the browser tests, because there is no Chromium in /usr/bin\n\n');
}

/** `describe`, where there is a browser. */
export const withBrowser = EXECUTABLE === undefined ? describe.skip : describe;

/** A browser of its own. `flags` are Chromium's, beside those that every test needs. */
export const launch = (...flags: string[]): Promise<Browser> =>
  chromium.launch({ executablePath: EXECUTABLE ?? '', args: [...FLAGS, ...flags] });
