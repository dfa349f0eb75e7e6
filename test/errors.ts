import t from 'tap'
import { exitCodeOf, exitCodes, PodvaultError, sentence } from '../src/errors.ts'

t.test('an error is one sentence, with its hint', async t => {
  t.equal(sentence(new PodvaultError('failed', 'it broke')), 'it broke')
  t.equal(sentence(new PodvaultError('failed', 'it broke', { hint: 'mend it' })), 'it broke: mend it')
  t.equal(sentence(new TypeError('x is not a function')), 'x is not a function')
  t.equal(sentence('thrown'), 'thrown')
})

t.test('every kind of failure has an exit code of its own', async t => {
  t.equal(new Set(Object.values(exitCodes)).size, Object.keys(exitCodes).length)
  t.equal(exitCodeOf(new PodvaultError('vault-refused', 'no')), 4)
  t.equal(exitCodeOf(new Error('bug')), 1)
})

t.test('the cause is kept', async t => {
  const cause = new Error('below')
  t.equal(new PodvaultError('failed', 'above', { cause }).cause, cause)
})
