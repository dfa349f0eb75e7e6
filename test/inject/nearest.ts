import t from 'tap'
import { nearest } from '../../src/inject/nearest.ts'

const keys = ['role', 'renew', 'renew-at', 'secrets', 'secrets-file']

t.test('the key that was meant is found', async t => {
  for (const [typo, meant] of [
    ['Role', 'role'],
    ['roel', 'role'],
    ['secret', 'secrets'],
    ['renewat', 'renew-at'],
    ['secret-files', 'secrets-file'],
  ] as const)
    t.equal(nearest(typo, keys), meant, typo)
})

t.test('nothing is suggested for a word that is near to none, or absurdly long', async t => {
  t.equal(nearest('annotation', keys), undefined)
  t.equal(nearest('', keys), undefined)
  t.equal(nearest('r'.repeat(41), keys), undefined)
})
