import t from 'tap'
import { reasons } from '../../src/inject/reasons.ts'

t.test('every reason is a code that fits a metric label, with a sentence for people', async t => {
  for (const [code, sentence] of Object.entries(reasons)) {
    t.match(code, /^[a-z]+(-[a-z]+)*$/)
    t.ok(sentence.length > 15, code)
  }
})
