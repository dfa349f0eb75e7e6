import t from 'tap'
import { parseValue, plainPath, variableOf } from '../../../src/cli/migrate/references.ts'

const whole = (reference: object) => ({ kind: 'whole', reference })

t.test('a value of Vault, with its version, and one that is made by writing', async t => {
  t.same(parseValue('vault:secret/data/app#key'), whole({ path: 'secret/app', key: 'key' }))
  t.same(parseValue('vault:secret/data/app#key#3'), whole({ path: 'secret/app', key: 'key', version: 3 }))
  t.same(parseValue('vault:secret/data/app#key#'), whole({ path: 'secret/app', key: 'key' }))
  const params = { common_name: 'a#b' }
  t.same(
    parseValue(`>>vault:pki/issue/web#certificate#${JSON.stringify(params)}`),
    whole({ path: 'pki/issue/web', key: 'certificate', params }),
  )
  t.same(parseValue('>>vault:/gen/password#value'), whole({ path: 'gen/password', key: 'value', params: {} }))
  t.same(parseValue('vault:login'), { kind: 'token' })
})

t.test('values inside a text', async t => {
  t.same(parseValue('postgres://${vault:db/creds/a#username}:${vault:db/creds/a#password}@db'), {
    kind: 'inside',
    parts: [
      'postgres://',
      { path: 'db/creds/a', key: 'username' },
      ':',
      { path: 'db/creds/a', key: 'password' },
      '@db',
    ],
  })
  t.match(parseValue('a ${>>vault:pki/issue/web#certificate#{"ttl": "1h"}}'), {
    parts: ['a ', { params: { ttl: '1h' } }],
  })
})

t.test('a text of its own is plain', async t => {
  for (const text of ['', 'info', '$(OTHER)', '${HOME}', 'my vault: is here'])
    t.same(parseValue(text), { kind: 'plain' })
})

t.test('what nobody can follow is said, and never quoted', async t => {
  const said = (text: string) => parseValue(text)
  t.match(said('vault:v1:hush'), { kind: 'unreadable', why: /transit/ })
  t.match(said('vault:secret/data/app#${.key | b64enc}'), { kind: 'unreadable', why: /a template makes it/ })
  for (const text of ['vault:', 'vault:secret/data/app', 'vault:#key', 'vault:a#'])
    t.match(said(text), { why: /names no path/ })
  t.match(said('vault:a/b#c#new'), { why: /version is no number/ })
  for (const version of ['-1', '0', '1.5']) t.match(said(`vault:a/b#c#${version}`), { why: /version is no number/ })
  for (const json of ['{hush', '[]', 'null']) t.match(said(`>>vault:a/b#c#${json}`), { why: /no JSON object/ })
  t.match(said('a ${vault:nothing}'), { kind: 'unreadable' })
  t.notMatch(JSON.stringify(['vault:v1:hush', '>>vault:a/b#c#{hush'].map(said)), 'hush')
})

t.test('paths are written without the data of KV version 2, variables as vaultenv writes them', async t => {
  t.equal(plainPath('/secret/data/a/b'), 'secret/a/b')
  t.equal(plainPath('team/kv/data/a'), 'team/kv/a')
  t.equal(plainPath('secret/data/app/data/x'), 'secret/app/data/x')
  t.equal(plainPath('database/creds/a'), 'database/creds/a')
  t.equal(variableOf({ path: 'secret/my-app', key: 'api.key' }), 'SECRET_MY_APP_API_KEY')
  t.equal(variableOf({ path: '2fa/a', key: 'b' }), '_2FA_A_B')
})
