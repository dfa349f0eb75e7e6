import t from 'tap'
import { refusalMessage } from '../../src/inject/refusal.ts'

const problems = (...messages: readonly string[]) =>
  messages.map(message => ({ reason: 'bad-value', message }) as const)

t.test('one problem is its own message', async t => {
  t.equal(refusalMessage(problems('the role is missing')), 'the role is missing')
})

t.test('several problems are counted and numbered', async t => {
  t.equal(refusalMessage(problems('one', 'two')), '2 problems: (1) one; (2) two')
})

t.test('a message stays within 1 KiB, and says how many problems it leaves out', async t => {
  const message = refusalMessage(problems(...Array.from({ length: 5000 }, (_, index) => `problem ${index}`)))
  t.ok(Buffer.byteLength(message) <= 1024 + '; and 5000 more'.length)
  t.match(message, /; and \d+ more$/)
})

t.test('the first problem is always told', async t => {
  t.match(refusalMessage(problems('x'.repeat(2000), 'two')), /^2 problems: \(1\) x{2000}; and 1 more$/)
})
