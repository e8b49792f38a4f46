/**
 * dockerode without what it brings for others: it loads an SSH client (with a WebAssembly module) for `ssh://` and gRPC
 * for BuildKit, which together make three quarters of its 24 MB and 100 ms. We refuse the one and never build, so while
 * it is loaded these three are empty.
 */
import { createRequire } from 'node:module'
import type Dockerode from 'dockerode'

const OTHERS = ['ssh2', '@grpc/grpc-js', '@grpc/proto-loader']

const require = createRequire(import.meta.url)

function load(): typeof Dockerode {
  const its = createRequire(require.resolve('dockerode'))
  const modems = createRequire(its.resolve('docker-modem'))
  const paths = OTHERS.map((name) => (name === 'ssh2' ? modems : its).resolve(name))
  const before = paths.map((path) => require.cache[path])
  for (const path of paths) require.cache[path] ??= { exports: {}, loaded: true } as NodeJS.Module
  try {
    return require('dockerode') as typeof Dockerode
  } finally {
    // nobody else is to find them empty
    paths.forEach((path, i) => {
      if (before[i] === undefined) delete require.cache[path]
    })
  }
}

export const Client = load()
