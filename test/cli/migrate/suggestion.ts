import t from 'tap'
import { parseYamlSecretsFile } from '../../../src/inject/yaml-secrets-file.ts'
import { audienceHand, secretsText, suggested, tried, withoutOwn } from '../../../src/cli/migrate/suggestion.ts'
import { asking, stage } from '../../fixtures/migrations.ts'

const secret = {
  path: 'database/creds/a',
  params: { ttl: '1h' },
  env: { A: 'a: #b' },
  files: [{ name: 'a', format: 'json' }],
}

t.test('the annotations come by their full names, with a secrets file that reads back', async t => {
  t.same(Object.keys(suggested({ role: 'web' }, [secret])), [
    'podvault.dev/inject',
    'podvault.dev/role',
    'podvault.dev/secrets',
  ])
  t.same(Object.keys(suggested({}, [])), ['podvault.dev/inject'])
  t.match(parseYamlSecretsFile(secretsText([secret])), {
    entries: [{ path: 'database/creds/a', params: { ttl: '1h' }, env: [{ name: 'A', key: 'a: #b' }] }],
  })
})

t.test('the webhook says what is still wrong with them', async t => {
  const empty = stage({})
  const good = suggested({ role: 'web' }, [secret])
  t.match(tried(empty.pod, good, empty), { engine: { name: 'podvault' }, problems: [], notes: [] })
  t.match(tried(empty.pod, suggested({}, [secret]), empty), { engine: undefined, problems: [/role is missing/] })
  const system = { ...empty, namespace: 'kube-system' }
  t.match(tried(empty.pod, good, system), { engine: undefined, problems: [], notes: [/leaves pods of the namespace/] })
  const both = stage(asking())
  t.match(tried(both.pod, good, both), { problems: [/both podvault.dev\/inject/] })
})

t.test("nobody has to name the operator's own address", async t => {
  t.same(withoutOwn({ role: 'a', address: 'http://v:8200/' }, 'http://v:8200'), { role: 'a' })
  t.same(withoutOwn({ address: 'http://w:8200' }, 'http://v:8200'), { address: 'http://w:8200' })
  t.same(withoutOwn({ address: 'http://w:8200' }, undefined), { address: 'http://w:8200' })
  t.same(withoutOwn({ role: 'a' }, 'http://v:8200'), { role: 'a' })
})

t.test('a role has to know for whom the token is', async t => {
  t.match(audienceHand({ role: 'web' }), [/a role like web .*auth\/kubernetes\/role\/NAME audience=vault/])
  t.match(audienceHand({ 'auth-path': 'eu' }), [/auth\/eu\/role/])
  t.same(audienceHand({ audience: 'vault' }), [])
  t.same(audienceHand({ auth: 'approle' }), [])
})
