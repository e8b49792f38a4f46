import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Brand, Portal } from '../../config/settings.ts'

/** A file the portal serves to anybody. */
export interface Asset {
  readonly body: Buffer
  readonly type: 'text/css; charset=utf-8' | 'image/svg+xml' | 'image/png'
  /** Its name carries a hash of its content, so that it never changes under that name. */
  readonly immutable: boolean
}

/** What every page needs to know of the portal: its name, its address, where stylesheet and logo lie. */
export interface Site {
  readonly title: string
  readonly origin: string
  readonly secure: boolean
  /** Path of the stylesheet on the portal, with a hash in its name. */
  readonly style: string
  /** Path of the logo on the portal, with a hash in its name. It is the favicon too. */
  readonly logo: string
  /** By path on the portal. */
  readonly assets: ReadonlyMap<string, Asset>
}

const MAX_LOGO = 256 * 1024
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** Reads stylesheet and logo once. Throws, naming the option, where the operator's logo cannot be used. */
export function openSite(portal: Portal, brand: Brand): Site {
  const style = readFileSync(join(import.meta.dirname, 'style.css'))
  const logo = brand.logo === undefined ? readFileSync(join(import.meta.dirname, 'logo.svg')) : readLogo(brand.logo)
  const isPng = logo.subarray(0, PNG.length).equals(PNG)
  const extension = isPng ? 'png' : 'svg'
  const logoType = isPng ? 'image/png' : 'image/svg+xml'
  const styleType = 'text/css; charset=utf-8'
  const paths = {
    style: `/assets/style-${digest(style)}.css`,
    logo: `/assets/logo-${digest(logo)}.${extension}`,
  }
  const assets = new Map<string, Asset>([
    [paths.style, { body: style, type: styleType, immutable: true }],
    [paths.logo, { body: logo, type: logoType, immutable: true }],
    ['/assets/style.css', { body: style, type: styleType, immutable: false }],
    [`/assets/logo.${extension}`, { body: logo, type: logoType, immutable: false }],
    ['/favicon.ico', { body: logo, type: logoType, immutable: false }],
  ])
  return { title: brand.title, origin: portal.origin, secure: portal.secure, ...paths, assets }
}

function digest(body: Buffer): string {
  return hash('sha256', body, 'hex').slice(0, 12)
}

function readLogo(path: string): Buffer {
  let logo: Buffer
  try {
    logo = readFileSync(path)
  } catch (cause) {
    throw new Error(`LABELGATE_LOGO: ${path} cannot be read`, { cause })
  }
  if (logo.length > MAX_LOGO) throw new Error(`LABELGATE_LOGO: ${path} is larger than 256 KiB`)
  if (!logo.subarray(0, PNG.length).equals(PNG) && !/<svg[\s>]/.test(logo.toString('utf8')))
    throw new Error(`LABELGATE_LOGO: ${path} is neither an SVG nor a PNG file`)
  return logo
}
