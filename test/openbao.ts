// The agent's whole way against answers as OpenBao gives them: nulls where Vault leaves things out, no X-Vault-Index,
// standbys that read and lag behind, sealed namespaces, and none of the paths that it has removed.
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { keepSecrets } from '../src/agent/keep-secrets.ts'
import { keepToken } from '../src/agent/keep-token.ts'
import { revoke } from '../src/agent/login.ts'
import { prepare } from '../src/agent/prepare.ts'
import { vaultAt } from '../src/vault/client.ts'
import { entry, file, type Stage, stageOf } from './fixtures/agent.ts'

type Answer = { readonly status: number; readonly body?: object }

const none = {
  lease_id: '',
  renewable: false,
  lease_duration: 0,
  data: null,
  wrap_info: null,
  warnings: null,
  auth: null,
}
const answer = (more: object): Answer => ({ status: 200, body: { request_id: 'r', ...none, ...more } })
const refused = (status: number, ...errors: readonly string[]): Answer => ({ status, body: { errors } })

const auth = {
  client_token: 's.f2Wbm0FJ9xqNVJWl8wbRvbqN',
  accessor: 'B0oJWc8BsNaJkbpPTwMgZFcO',
  policies: ['default', 'web'],
  token_policies: ['default', 'web'],
  identity_policies: null,
  metadata: { role: 'web' },
  lease_duration: 3600,
  renewable: true,
  entity_id: 'e',
  token_type: 'service',
  orphan: true,
  mfa_requirement: null,
  num_uses: 0,
}
const lease = { lease_id: 'database/creds/web/l1', renewable: true, lease_duration: 60 }
const versioned = {
  data: { password: 'hunter2' },
  metadata: {
    created_time: '2026-01-01T00:00:00Z',
    custom_metadata: null,
    deletion_time: '',
    destroyed: false,
    version: 1,
  },
}

/** What an OpenBao answers, by method and path; whatever it does not have is a 404. */
const usual: Readonly<Record<string, Answer>> = {
  'POST auth/kubernetes/login': answer({ auth }),
  'GET sys/internal/ui/mounts/secret/web': answer({
    data: { accessor: 'kv_1', config: {}, options: { version: '2' }, path: 'secret/', type: 'kv', uuid: 'u' },
  }),
  'GET sys/internal/ui/mounts/database/creds/web': answer({
    data: { accessor: 'db_1', config: {}, options: null, path: 'database/', type: 'database', uuid: 'u' },
  }),
  'GET secret/data/web': answer({ data: versioned }),
  'GET database/creds/web': answer({ ...lease, data: { username: 'u', password: 'p' } }),
  'POST auth/token/renew-self': answer({ auth, warnings: ['TTL of "1h" exceeded the effective max_ttl'] }),
  'POST sys/leases/renew': answer({ ...lease, data: null }),
  'POST auth/token/revoke-self': { status: 204 },
}

const stageBefore = async (
  t: Test,
  change: (asked: string, request: IncomingMessage, times: number) => Answer | undefined,
) => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const what = `${request.method} ${(request.url ?? '').replace('/v1/', '')}`
    asked.push(what)
    const times = asked.filter(each => each === what).length
    const { status, body } = change(what, request, times) ?? usual[what] ?? refused(404)
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    response.end(body === undefined ? undefined : JSON.stringify(body))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const files = [file('web', entry('secret/web', { A: 'password' }), entry('database/creds/web', { U: 'username' }))]
  const stage = await stageOf(t, { files, vault: { address, namespace: 'team-a' } })
  t.teardown(() => server.close())
  return { stage, asked }
}

const env = ({ config }: Stage): string => readFileSync(join(config.folders.secrets, 'env'), 'utf8')

t.test('login, reads, renewals and the end', async t => {
  const { stage, asked } = await stageBefore(t, (_, { headers }) => {
    t.equal(headers['x-vault-namespace'], 'team-a')
    t.equal(headers['x-vault-index'], undefined, 'it never gave one')
    return undefined
  })
  const session = await prepare(stage.agent, false)
  t.equal(env(stage), "A='hunter2'\nU='u'\n")
  t.match(session.state.token, { value: auth.client_token, batch: false, renewable: true, seconds: 3600 })
  const renewed = await keepToken(stage.agent, session)
  t.match(renewed.state.token, { renewable: true, lost: false })
  const held = session.state.held.find(each => each.lease !== null)
  const kept = await keepSecrets(stage.agent, renewed, [held?.id ?? ''])
  t.match(
    kept.state.held.find(({ id }) => id === held?.id),
    { lease: { id: lease.lease_id, seconds: 60 } },
  )
  await revoke(stage.agent, kept.state)
  t.strictSame([...new Set(asked)].sort(), Object.keys(usual).sort(), 'and nothing else was asked for')
})

t.test('a standby that does not know the new token yet is asked again', async t => {
  const { stage } = await stageBefore(t, (what, _, times) =>
    what === 'GET secret/data/web' && times < 3 ? refused(403, 'permission denied') : undefined,
  )
  await prepare(stage.agent, false)
  t.match(env(stage), "A='hunter2'")
  t.ok(stage.clock.passed() < 2)
})

t.test('a sealed namespace is waited for', async t => {
  let open = false
  const { stage } = await stageBefore(t, () => (open ? undefined : refused(503, 'Vault is sealed')))
  stage.clock.at(10, () => {
    open = true
  })
  await prepare(stage.agent, false)
  t.ok(stage.clock.passed() >= 10)
})

t.test('a standby that does not forward sends on to the active node, which the operator knows', async t => {
  const { stage } = await stageBefore(t, () => undefined)
  const standby = createServer((request, response) => {
    response.writeHead(307, { location: `${stage.vault.address.replace(/:\d+$/, '')}:${port}${request.url}` }).end()
  })
  const port = new URL(stage.config.vault.address).port
  await new Promise<void>(resolve => standby.listen(0, '127.0.0.1', resolve))
  t.teardown(() => standby.close())
  const address = `http://localhost:${(standby.address() as AddressInfo).port}`
  const ask = async (redirects: readonly string[]) => {
    const vault = vaultAt({ address, redirects })
    const body = { role: 'web', jwt: 'j' }
    const { kind } = await vault.request({ method: 'POST', path: 'auth/kubernetes/login', body })
    vault.rest()
    return kind
  }
  t.equal(await ask([`http://127.0.0.1:${port}`]), 'answer')
  t.equal(await ask([]), 'redirect')
})
