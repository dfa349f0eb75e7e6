import t from 'tap'
import { parseTemplate } from '../../src/template/read.ts'
import { execute } from '../../src/template/template.ts'
import { matchesGo, sources } from '../fixtures/templates.ts'

t.test('sprig comes out as it does in Go', async t => {
  matchesGo(t, 'sprig')
})

t.test('what forgives an error does not forgive too much work', async t => {
  for (const text of ['{{ sprig_toJson (sprig_until 100) }}', '{{ sprig_regexMatch "a*b" (sprig_repeat 200 "a") }}']) {
    const parsed = parseTemplate(text)
    const outcome = 'message' in parsed ? parsed : execute(parsed, sources(), { limits: { steps: 350, bytes: 1000 } })
    t.match(outcome, { message: /the template works too long$/ }, text)
  }
})
