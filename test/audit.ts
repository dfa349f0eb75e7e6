import t from 'tap'
import { verdictOf } from '../scripts/advisories.ts'

const url = 'https://github.com/advisories/GHSA-1'
const report = (...via: readonly unknown[]): string =>
  JSON.stringify({ vulnerabilities: { ws: { via }, jsdom: { via: ['ws'] } } })

t.test('a vulnerability fails the build, with its address', async t => {
  t.strictSame(verdictOf(report({ url })), { code: 1, sentence: `known vulnerabilities:\n  ws: ${url}` })
})

t.test('one that has been looked into does not', async t => {
  t.match(verdictOf(report({ url }), { [url]: 'not reached' }), { code: 0, sentence: /^no dependency/ })
  t.match(verdictOf(JSON.stringify({ vulnerabilities: {} })), { code: 0, sentence: /^no dependency/ })
})

t.test('a registry that cannot be asked is no good news', async t => {
  const message = '405 Method Not Allowed - POST https://registry.example.com/-/npm/v1/security/advisories/bulk'
  t.match(verdictOf(JSON.stringify({ message })), {
    code: 0,
    sentence: /^not known: the registry does not answer \(405 Method Not Allowed.*nothing was checked$/,
  })
  for (const stdout of ['', '{', '[]', '{}']) t.match(verdictOf(stdout), { sentence: /no answer/ })
})
