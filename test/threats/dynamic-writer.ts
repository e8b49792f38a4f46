/** Publishes two long texts in turn, for ever, and says so after each: a process for a test to kill. */
import { Document } from '../../src/proxy/traefik/document.ts'
import { DynamicFile } from '../../src/proxy/traefik/write.ts'

/** What a reader may find: whole, and nothing else. */
export const TEXTS = ['a', 'b'].map((letter) => `# begins\n${`${letter.repeat(99)}\n`.repeat(2000)}# ends\n`)

if (import.meta.main) {
  const file = await DynamicFile.open(process.argv[2] ?? '')
  for (let i = 0; ; i++) {
    await file.publish(new Document([TEXTS[i % 2] ?? '']))
    process.stdout.write('.')
  }
}
