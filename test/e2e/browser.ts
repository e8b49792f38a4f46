/** Chromium as the tests use it: no sandbox (root), names of `*.test` are this machine, nothing phones home. */
import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
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

const QUIET = 3000

/**
 * Chromium drops what it is loading, forms too, whenever an address of this machine comes or goes (ERR_NETWORK_CHANGED).
 * Containers bring some, the last one seconds after their start, when IPv6 has found its address to be nobody else's
 * (RFC 4862 section 5.4). Resolves when none has changed for a while.
 */
export async function quietNetwork(): Promise<void> {
  let [seen, since] = ['', performance.now()]
  while (performance.now() - since < QUIET) {
    const now = await readFile('/proc/net/if_inet6', 'utf8').catch(() => '')
    if (now !== seen) [seen, since] = [now, performance.now()]
    await setTimeout(100)
  }
}
