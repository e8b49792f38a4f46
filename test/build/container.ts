import type { Container } from '../../src/docker/container.ts'

/** What a test says of a container; the rest is that of one that runs on the network `proxy` with port 80. */
export type ContainerWords = Partial<Omit<Container, 'labels'>> & {
  /** `<project>/<service>`: what compose writes into the labels. */
  readonly service?: string
}

let made = 0

/** Labels as a person writes them, one a line or in a record; lines without the prefix get `labelgate.` in front. */
export function container(name: string, labels: Labels, words: ContainerWords = {}): Container {
  const { service, ...rest } = words
  made += 1
  return {
    id: made.toString(16).padStart(64, '0'),
    name,
    created: 1_790_000_000,
    state: 'running',
    health: 'none',
    labels: { ...composeLabels(service), ...labelsOf(labels) },
    networks: [{ name: 'proxy', address: '172.18.0.2' }],
    ports: [80],
    published: [],
    networkMode: 'proxy',
    ...rest,
  }
}

export type Labels = string | Readonly<Record<string, string>>

/** `host=a.example.com` is `labelgate.host`; a key that begins with `traefik.` or `com.` is left alone. */
export function labelsOf(labels: Labels): Record<string, string> {
  const pairs =
    typeof labels === 'string'
      ? labels
          .split('\n')
          .map((line) => line.trim())
          .filter((line) => line !== '')
          .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const)
      : Object.entries(labels)
  return Object.fromEntries(
    pairs.map(([key, value]) => [/^(?:labelgate|traefik|com)\./.test(key) ? key : `labelgate.${key}`, value]),
  )
}

function composeLabels(service: string | undefined): Record<string, string> {
  if (service === undefined) return {}
  const [project = '', name = ''] = service.split('/')
  return { 'com.docker.compose.project': project, 'com.docker.compose.service': name }
}
