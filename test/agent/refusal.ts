import t, { type Test } from 'tap'
import { keyMissing, loginRefused, readRefused, wordsOf } from '../../src/agent/refusal.ts'
import type { Request } from '../../src/agent/requests.ts'
import type { AgentConfig } from '../../src/contract.ts'
import { type PodvaultError, sentence } from '../../src/errors.ts'
import type { Failure } from '../../src/vault/retry.ts'

const config: AgentConfig = {
  version: 1,
  vault: { address: 'http://vault:8200' },
  auth: { method: 'kubernetes', path: 'kubernetes', role: 'web', tokenFile: '/token' },
  files: [],
  mounted: [],
  env: 'auto',
  folders: { secrets: '/s', state: '/t' },
  mode: 0o400,
  refresh: 300,
  renewAt: 0.67,
  revoke: true,
  loginTimeout: 120,
}
const status = (status: number, ...errors: readonly string[]): Failure => ({ kind: 'status', status, errors })
const get = (path: string, more: Partial<Request> = {}): Request => ({ id: path, method: 'GET', path, ...more })
const v2 = { path: 'secret/', versioned: true }

const says = (t: Test, error: PodvaultError, code: string, words: string) => {
  t.equal(error.code, code)
  t.equal(sentence(error), words)
}

t.test('a refused login names address, role and method, and what to check', async t => {
  says(
    t,
    loginRefused(config, status(400, 'invalid role name "web"')),
    'vault-refused',
    'Vault at http://vault:8200 refused the login as role web at auth/kubernetes: status 400, invalid role name "web": ' +
      "check that the role exists and admits this pod's service account, namespace and token audience (vault read auth/kubernetes/role/web)",
  )
})

t.test('a Vault that was not there in time is told with its address, the role and the last error', async t => {
  const cases: readonly [Failure, string, string][] = [
    [
      { kind: 'network', reason: 'connect ECONNREFUSED' },
      'connect ECONNREFUSED',
      'check the address, and that the network lets this pod reach it',
    ],
    [
      { kind: 'network', reason: 'self-signed certificate' },
      'self-signed certificate',
      'name the CA of Vault with podvault.dev/ca-configmap, or its name with podvault.dev/tls-server-name',
    ],
    [
      { kind: 'network', reason: 'error:05800074:x509 certificate routines::key values mismatch' },
      'error:05800074:x509 certificate routines::key values mismatch',
      'check the certificate that podvault shows, and its key: both in PEM, the one belongs to the other',
    ],
    [status(503, 'Vault is sealed'), 'status 503, Vault is sealed', 'see the log of the Vault server'],
    [
      { kind: 'unusable', reason: 'its answer is not JSON' },
      'its answer is not JSON',
      'check the address, and that the network lets this pod reach it',
    ],
  ]
  for (const [failure, words, hint] of cases) {
    const error = `for role web within 120 s; the last error was: ${words}: ${hint}`
    says(t, loginRefused(config, failure), 'vault-unreachable', `Vault at http://vault:8200 gave no login ${error}`)
    says(
      t,
      readRefused(config, get('kv/a'), undefined, failure),
      'vault-unreachable',
      `Vault at http://vault:8200 gave no answer for kv/a ${error}`,
    )
  }
})

t.test('a redirect to a stranger is told as such', async t => {
  const failure: Failure = { kind: 'redirect', reason: 'it answers with a redirect to http://b' }
  const words =
    'Vault at http://vault:8200 cannot be used: it answers with a redirect to http://b: set podvault.dev/address to the address that answers itself, or let the operator allow that one (allow.addresses)'
  says(t, loginRefused(config, failure), 'vault-refused', words)
  says(t, readRefused(config, get('kv/a'), undefined, failure), 'vault-refused', words)
})

t.test('a refused read says what would allow it', async t => {
  const cases: readonly [string, typeof v2 | undefined, Failure, string][] = [
    [
      'secret/app/db',
      v2,
      status(403, 'permission denied'),
      'give the role a policy with: path "secret/data/app/db" { capabilities = ["read"] }',
    ],
    [
      'database/creds/x',
      { path: 'database/', versioned: false },
      status(403),
      'give the role a policy with: path "database/creds/x" { capabilities = ["read"] }',
    ],
    ['secret/app/db', v2, status(404), 'see what is there: vault kv list secret/app'],
    ['secret/data/app/db', v2, status(404), 'paths are written without data/: secret/app/db'],
    ['kv/app', undefined, status(404), 'see what is there: vault list kv'],
    ['kv', undefined, status(404), 'see what is there: vault list kv'],
    ['database/creds/x', undefined, status(400, 'unknown role: x'), 'try it by hand: vault read database/creds/x'],
  ]
  for (const [path, mount, failure, hint] of cases)
    says(
      t,
      readRefused(config, get(path), mount, failure),
      'vault-refused',
      `Vault at http://vault:8200 refused to read ${path} for role web: ${wordsOf(failure)}: ${hint}`,
    )
})

t.test('a refused write says so', async t => {
  const write = (failure: Failure) =>
    sentence(readRefused(config, get('pki/issue/web', { method: 'PUT' }), undefined, failure))
  const refused = 'Vault at http://vault:8200 refused to write pki/issue/web for role web: status'
  t.equal(
    write(status(403)),
    `${refused} 403: give the role a policy with: path "pki/issue/web" { capabilities = ["update"] }`,
  )
  t.equal(write(status(400, 'no')), `${refused} 400, no: try it by hand: vault write pki/issue/web`)
})

t.test('a version that is gone is told with what can be done', async t => {
  const gone = (destroyed: boolean, version?: number) =>
    sentence(
      readRefused(config, get('secret/a', version === undefined ? {} : { version }), v2, {
        kind: 'status',
        status: 404,
        errors: [],
        gone: { version: 3, destroyed },
      }),
    )
  const refused = 'Vault at http://vault:8200 refused to read secret/a for role web: version 3 of it has been'
  t.equal(gone(false), `${refused} deleted: bring it back: vault kv undelete -versions=3 secret/a; write a new one`)
  t.equal(gone(true, 3), `${refused} destroyed: it cannot be brought back; ask for another version`)
})

t.test('a missing key is told with the keys there are', async t => {
  says(
    t,
    keyMissing('kv/a', 'pasword', ['user', 'password']),
    'vault-refused',
    'the secret kv/a has no key pasword: it has: password, user',
  )
  says(t, keyMissing('kv/a', 'p', []), 'vault-refused', 'the secret kv/a has no key p: it is empty')
  t.ok(
    sentence(
      keyMissing(
        'kv/a',
        'p',
        Array.from({ length: 999 }, (_, index) => `key-${index}`),
      ),
    ).length < 500,
  )
  t.equal(wordsOf(status(404)), 'status 404')
})

t.test('a login by another way, or a step of one, says what was refused and what to do', async t => {
  const given = { ...config, auth: { method: 'token-file', tokenFile: '/t' } } as const
  says(
    t,
    loginRefused(given, status(403, 'permission denied')),
    'vault-refused',
    'Vault at http://vault:8200 refused the token in /t: status 403, permission denied: it may have ended or been revoked; put a living one there',
  )
  const step = { path: 'auth/approle/role/app/role-id', capability: 'read', role: 'auth/approle/role/app' } as const
  const at = (code: number, path: string = step.path): Failure => ({
    kind: 'status',
    status: code,
    errors: [],
    at: { ...step, path },
  })
  const before = 'Vault at http://vault:8200 refused to read auth/approle'
  const exists = 'check that the AppRole exists and admits this pod (vault read auth/approle/role/app)'
  const may = 'give the role a policy with: path "auth/approle/role/app/role-id" { capabilities = ["read"] }'
  for (const [failure, words] of [
    [at(403), `${before}/role/app/role-id for role web: status 403: ${may}`],
    [at(404), `${before}/role/app/role-id for role web: status 404: ${exists}`],
    [at(400, 'auth/approle/login'), `${before}/login for role web: status 400: ${exists}`],
    [at(403, 'auth/approle/login'), `${before}/login for role web: status 403: ${exists}`],
  ] as const)
    says(t, loginRefused(config, failure), 'vault-refused', words)
})
