import { defineConfig } from 'vitest/config'

const shared = { root: import.meta.dirname + '/..', globals: false }

export default defineConfig({
  test: {
    root: shared.root,
    reporters: ['default'],
    projects: [
      {
        test: { ...shared, name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/e2e/**', 'node_modules/**'] },
      },
      {
        test: {
          ...shared,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // real daemons, real ports, two cores: one file at a time
          fileParallelism: false,
          // its reaper is an image of its own, which not every machine can pull; our tests stop what they start
          env: { TESTCONTAINERS_RYUK_DISABLED: 'true' },
        },
      },
    ],
  },
})
