import t from 'tap'
import {
  authOf,
  authProblems,
  certificatesOf,
  foreignParameters,
  ourMethod,
  usesAccount,
} from '../../../src/inject/vault-k8s/auth.ts'
import type { Texts } from '../../../src/inject/settings.ts'
import { messages, wishOf } from '../../fixtures/vault-k8s.ts'

const readOf = (annotations: Texts) => wishOf(annotations).read
const auth = (annotations: Texts) => authOf(readOf(annotations), '/account')
const foreign = (annotations: Texts) => foreignParameters(readOf(annotations))
const approle = {
  'auth-type': 'approle',
  'auth-config-role-id-file-path': '/vault/custom/role-id',
  'auth-config-secret-id-file-path': '/vault/custom/secret-id',
}

t.test('our methods are known by the names that Vault Agent gives them', async t => {
  for (const method of ['kubernetes', 'jwt', 'approle', 'cert', 'token_file']) t.equal(ourMethod(method), method)
  for (const method of ['aws', '', 'AppRole', 'token-file']) t.equal(ourMethod(method), undefined)
  t.strictSame([usesAccount(readOf({})), usesAccount(readOf(approle))], [true, false])
})

t.test('a service account logs in as before', async t => {
  t.strictSame(auth({}), { method: 'kubernetes', path: 'kubernetes', role: 'web', tokenFile: '/account' })
  t.match(auth({ role: '', 'auth-config-role': 'other', 'auth-config-token-path': '/t' }), {
    role: 'other',
    tokenFile: '/t',
  })
  t.strictSame(auth({ 'auth-type': 'jwt', 'auth-path': 'auth/team/jwt/', 'auth-config-path': '/j' }), {
    method: 'jwt',
    path: 'team/jwt',
    role: 'web',
    tokenFile: '/j',
  })
  t.match(auth({ role: '' }), { role: '' })
})

t.test('an AppRole has its files, and perhaps a wrapped secret id', async t => {
  const roleIdFile = '/vault/custom/role-id'
  t.strictSame(auth(approle), {
    method: 'approle',
    path: 'approle',
    roleIdFile,
    secretIdFile: '/vault/custom/secret-id',
  })
  const creationPath = 'auth/ar/role/web/secret-id'
  t.strictSame(
    auth({ ...approle, 'auth-path': 'auth/ar', 'auth-config-secret-id-response-wrapping-path': creationPath }),
    { method: 'approle', path: 'ar', roleIdFile, wrappedFile: '/vault/custom/secret-id', creationPath },
  )
  t.match(auth({ ...approle, 'auth-config-secret-id-response-wrapping-path': '' }), {
    secretIdFile: '/vault/custom/secret-id',
  })
  t.strictSame(auth({ 'auth-type': 'approle', 'auth-path': 'auth/approle' }), {
    method: 'approle',
    path: 'approle',
    roleIdFile: '',
  })
})

t.test('a certificate is one of the connection, from wherever it is named', async t => {
  const own = { 'auth-config-client-cert': '/vault/tls/own.crt', 'auth-config-client-key': '/vault/tls/own.key' }
  const shared = {
    'client-cert': '/vault/tls/tls.crt',
    'client-key': '/vault/tls/tls.key',
    'ca-cert': '/vault/tls/ca.crt',
  }
  t.strictSame(auth({ 'auth-type': 'cert', 'auth-config-name': 'web' }), { method: 'cert', path: 'cert', role: 'web' })
  t.strictSame(auth({ 'auth-type': 'cert' }), { method: 'cert', path: 'cert' })
  const certificates = (texts: Texts) => certificatesOf(readOf(texts))
  t.strictSame(certificates({ 'auth-type': 'cert', ...own, 'auth-config-ca-cert': '/vault/tls/ca.crt' }), {
    certFile: '/vault/tls/own.crt',
    keyFile: '/vault/tls/own.key',
    caFile: '/vault/tls/ca.crt',
  })
  const all = { certFile: '/vault/tls/tls.crt', keyFile: '/vault/tls/tls.key', caFile: '/vault/tls/ca.crt' }
  t.strictSame(certificates({ 'auth-type': 'cert', ...shared }), all)
  t.strictSame(certificates({ ...shared, ...own }), all, 'other methods have no certificate of their own')
  t.strictSame(certificates({}), {})
  t.strictSame(certificates({ 'client-cert': '/x' }), {})
})

t.test('a token is read from its file', async t => {
  t.strictSame(auth({ 'auth-type': 'token_file', 'auth-config-token-file-path': '/vault/custom/token' }), {
    method: 'token-file',
    tokenFile: '/vault/custom/token',
  })
  t.strictSame(auth({ 'auth-type': 'token_file' }), { method: 'token-file', tokenFile: '' })
})

t.test('a parameter that we have no equal for is told', async t => {
  t.strictSame(foreign(approle), [])
  t.strictSame(
    foreign({ ...approle, 'auth-config-secret-id-response-wrapping-path': 'auth/approle/role/x/secret-id' }),
    [],
  )
  t.strictSame(foreign({ ...approle, 'auth-config-secret-id-file-path': '/vault/custom/../x' }), [
    'secret-id-file-path',
  ])
  const writable = { ...approle, 'auth-config-secret-id-file-path': '/run/secret-id' }
  t.strictSame(foreign(writable), ['secret-id-file-path'], 'Vault Agent would remove it')
  t.strictSame(foreign({ ...writable, 'auth-config-remove-secret-id-file-after-reading': 'false' }), [])
  t.strictSame(foreign({ ...approle, 'auth-config-role-id-file-path': 'relative' }), ['role-id-file-path'])
  t.strictSame(foreign({ ...approle, 'auth-config-type': 'x' }), ['type'])
  t.strictSame(foreign({ 'auth-type': 'aws', 'auth-config-type': 'iam', 'auth-config-role': 'x' }), ['type'])
  t.strictSame(foreign({ 'auth-config-token-file-path': '/x' }), ['token-file-path'], 'it is of another method')
  const cert = { 'auth-type': 'cert', 'auth-config-ca-cert': '/vault/tls/ca.crt', 'auth-config-reload': 'true' }
  t.strictSame(foreign(cert), [])
  t.strictSame(foreign({ ...cert, 'ca-cert': '/vault/tls/ca.crt' }), [])
  t.strictSame(
    foreign({ ...cert, 'ca-cert': '/other.crt' }),
    ['ca-cert'],
    'one CA for the login and another for the rest',
  )
  t.strictSame(foreign({ ...cert, 'auth-config-client-key': 'x' }), ['client-key'])
})

t.test('what Vault Agent could not start without is asked for', async t => {
  const problems = (texts: Texts) => messages(authProblems(readOf(texts)))
  const words = (method: string, name: string) =>
    `error validating agent configuration: auth type ${method} needs vault.hashicorp.com/auth-config-${name}`
  t.strictSame(problems({}), [])
  t.strictSame(problems({ 'auth-type': 'aws' }), [])
  t.strictSame(problems({ 'auth-type': 'approle' }), [words('approle', 'role-id-file-path')])
  t.strictSame(problems(approle), [])
  t.strictSame(problems({ 'auth-type': 'token_file' }), [words('token_file', 'token-file-path')])
  t.strictSame(problems({ 'auth-type': 'cert' }), [words('cert', 'client-cert'), words('cert', 'client-key')])
  t.strictSame(problems({ 'auth-type': 'cert', 'client-cert': '/x', 'auth-config-client-key': '/y' }), [])
})
