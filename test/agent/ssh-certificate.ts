import { readFileSync } from 'node:fs'
import t from 'tap'
import { sshEnd } from '../../src/agent/ssh-certificate.ts'

// Signed by ssh-keygen, from 12:00 to 13:00; the last one forever.
const certificates = readFileSync('test/fixtures/ssh-certificates.txt', 'utf8').trimEnd().split('\n')
const [first = ''] = certificates

t.test('the end of a certificate, of every kind of key', async t => {
  const kinds = certificates.slice(0, -1).map(line => line.split('-cert-v01')[0])
  t.strictSame(new Set(kinds).size, 8)
  for (const line of certificates.slice(0, -1))
    t.equal(sshEnd(`\n${line} comment\n`), Date.parse('2026-11-21T13:00:00Z') / 1000, line.slice(0, 30))
})

t.test('one without an end has none', async t => {
  t.equal(sshEnd(certificates.at(-1) ?? ''), undefined)
})

t.test('what is no certificate, or only half of one, has none', async t => {
  const [kind = '', blob = ''] = first.split(' ')
  const key = kind.replace('-cert-v01@openssh.com', '')
  for (const other of [
    '',
    'no',
    key,
    `${key} ${blob}`,
    `${kind} ${blob.slice(0, 80)}`,
    `${kind} ////${blob}`,
    `x-${kind} ${blob}`,
  ])
    t.equal(sshEnd(other), undefined, other.slice(0, 30))
})
