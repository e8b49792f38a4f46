/** Rows of `GET /containers/json`, as Docker 20.10 wrote one, with what a test wants different. */
export type Row = Readonly<Record<string, unknown>>

/** A full id whose every digit tells which container it is. */
export const id = (n: number): string => n.toString(16).padStart(64, '0')

export function row(n: number, words: Row = {}): Row {
  return {
    Id: id(n),
    Names: [`/app-${n}`],
    Image: 'traefik/whoami',
    ImageID: `sha256:${id(0)}`,
    Command: '/whoami',
    Created: 1_795_632_216,
    Ports: [{ PrivatePort: 80, Type: 'tcp' }],
    Labels: { 'labelgate.host': `app-${n}.example.com` },
    State: 'running',
    Status: 'Up 3 minutes',
    HostConfig: { NetworkMode: 'proxy' },
    NetworkSettings: { Networks: { proxy: { IPAddress: '172.18.0.2', GlobalIPv6Address: '' } } },
    Mounts: [],
    ...words,
  }
}
