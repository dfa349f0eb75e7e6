import t from 'tap'
import { nextSteps } from '../../src/inject/next-steps.ts'
import { reasons } from '../../src/inject/reasons.ts'

t.test('every reason leads to a next step, in one sentence', async t => {
  t.same(Object.keys(nextSteps).sort(), Object.keys(reasons).sort())
  for (const step of Object.values(nextSteps)) t.match(step, /^[a-z][^\n]+[^.\s]$/)
})
