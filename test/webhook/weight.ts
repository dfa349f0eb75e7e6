import t from 'tap'
import { reviewOf } from '../fixtures/reviews.ts'
import { tooHeavy } from '../../src/webhook/weight.ts'

const padded = (text: string): string => text + ' '.repeat(70_000)

t.test('what is short is parsed, whatever it holds', async t => {
  t.equal(tooHeavy('['.repeat(60_000)), undefined)
})

t.test('a pod of thousands of variables is parsed', async t => {
  const env = Array.from({ length: 100_000 }, (_, index) => ({ name: `V${index}`, value: '[{,"\\' }))
  t.equal(tooHeavy(JSON.stringify(reviewOf({ spec: { containers: [{ name: 'app', env }] } }))), undefined)
})

t.test('a body is not nested deeper than a thousand levels', async t => {
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    t.equal(tooHeavy(padded(open.repeat(1000) + close.repeat(1000))), undefined)
    t.equal(tooHeavy(padded(open.repeat(1001))), 'the body is nested more than 1000 levels deep')
    t.equal(tooHeavy(padded((open + close).repeat(2000))), undefined, 'beside each other is not deep')
  }
})

t.test('nor has it more objects and lists, or members, than any pod', async t => {
  t.equal(tooHeavy('{}'.repeat(400_000)), undefined)
  t.equal(tooHeavy('[]'.repeat(400_001)), 'the body has more than 400000 objects and lists')
  t.equal(tooHeavy('1,'.repeat(1_200_000)), undefined)
  t.equal(tooHeavy('1,'.repeat(1_200_001)), 'the body has more than 1200000 members')
})

t.test('what is in a string counts as nothing', async t => {
  t.equal(tooHeavy(`"${'[{,\\"\\\\'.repeat(1_300_000)}"`), undefined)
  t.match(tooHeavy(`"\\\\"${'['.repeat(70_000)}`), /levels/, 'a string ends behind a backslash that is one itself')
})
