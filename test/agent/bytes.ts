import fc from 'fast-check'
import t from 'tap'
import { contentOf } from '../../src/agent/bytes.ts'

t.test('text stays text, with its byte order mark', async t => {
  for (const text of ['', 'ä😀\n', '\uFEFFx', '\0']) t.strictSame(contentOf(Buffer.from(text)), { content: text })
})

t.test('bytes become what they were', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
      const { content, encoding } = contentOf(Buffer.from(bytes))
      return Buffer.from(content, encoding).equals(bytes)
    }),
    { numRuns: 2000 },
  )
})
