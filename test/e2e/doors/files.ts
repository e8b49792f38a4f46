/** The files of a proxy as an operator would lay them down. */
import { readFileSync } from 'node:fs'
import type { DoorOptions } from '../../../src/proxy/door/options.ts'
import { renderCaddy } from '../../../src/proxy/caddy/render.ts'
import { renderEnvoy } from '../../../src/proxy/envoy/render.ts'
import { renderHaproxyLua } from '../../../src/proxy/haproxy/lua.ts'
import { renderHaproxy } from '../../../src/proxy/haproxy/render.ts'
import { renderNginx } from '../../../src/proxy/nginx/render.ts'
import { type DoorFiles, type DoorName, NGINX_AROUND } from './proxies.ts'

const FILES: Record<DoorName, (options: DoorOptions) => DoorFiles['files']> = {
  nginx: (options) => ({ 'nginx.conf': NGINX_AROUND, 'conf.d/labelgate.conf': renderNginx(options) }),
  caddy: (options) => ({ Caddyfile: renderCaddy(options) }),
  envoy: (options) => ({ 'envoy.yaml': renderEnvoy(options) }),
  haproxy: (options) => ({
    'haproxy.cfg': renderHaproxy({ ...options, lua: 'FOLDER/labelgate.lua', pem: options.tls && 'FOLDER/tls.pem' }),
    'labelgate.lua': renderHaproxyLua(options),
    ...(options.tls && { 'tls.pem': pemOf(options.tls) }),
  }),
}

/** Both in one, as HAProxy wants them. */
function pemOf({ certificate, key }: NonNullable<DoorOptions['tls']>): string {
  return readFileSync(certificate, 'utf8') + readFileSync(key, 'utf8')
}

export function doorFiles(name: DoorName, options: DoorOptions): DoorFiles {
  return { name, port: options.listen.port, files: FILES[name](options) }
}
