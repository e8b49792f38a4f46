/** Chromium as the tests use it: no sandbox (root), names of `*.test` are this machine, nothing phones home. */
import { chromium as playwright, type Browser } from 'playwright-core'
import { chromium } from '../parts.ts'

/** @param more arguments besides ours */
export function launchBrowser(more: readonly string[] = []): Promise<Browser> {
  return playwright.launch({
    executablePath: chromium,
    args: [
      '--no-sandbox',
      '--host-resolver-rules=MAP *.test 127.0.0.1',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  })
}
