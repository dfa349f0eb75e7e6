import t from 'tap'
import { sameContent } from '../../src/agent/same-content.ts'

const content = (content: string | Uint8Array, mode = 0o400) => ({ content, mode })
const bytes = (...all: readonly number[]) => content(Uint8Array.from(all))

t.test('text is compared with text, bytes with bytes, and the mode counts', async t => {
  t.ok(sameContent(content('a'), content('a')))
  t.notOk(sameContent(content('a'), content('b')))
  t.notOk(sameContent(content('a'), content('a', 0o440)))
  t.ok(sameContent(bytes(255, 1), bytes(255, 1)))
  t.notOk(sameContent(bytes(255, 1), bytes(255, 2)))
  t.notOk(sameContent(bytes(255, 1), bytes(255)))
  t.notOk(sameContent(content('a'), bytes(97)))
  t.notOk(sameContent(bytes(97), content('a')))
})
