import t from 'tap'
import { loginHint, whoOf } from '../../src/agent/identity.ts'
import type { Auth } from '../../src/contract.ts'
import { configOf } from '../fixtures/agent.ts'

const account = { method: 'kubernetes', path: 'k8s', role: 'web', tokenFile: '/t' } as const

t.test('who the pod is to Vault, and what to check where Vault refuses it', async t => {
  for (const [auth, who, hint] of [
    [
      account,
      'role web',
      "admits this pod's service account, namespace and token audience (vault read auth/k8s/role/web)",
    ],
    [
      { ...account, approle: { path: 'approle', role: 'app' } },
      'role web and AppRole app',
      'vault read auth/k8s/role/web',
    ],
    [{ method: 'approle', path: 'ar', roleIdFile: '/r' }, 'its AppRole', 'are of one AppRole at auth/ar'],
    [{ method: 'cert', path: 'cert' }, 'its certificate', 'trusts the certificate in /c (vault list auth/cert/certs)'],
    [{ method: 'cert', path: 'cert', role: 'web' }, 'its certificate and role web', 'auth/cert'],
    [{ method: 'token-file', tokenFile: '/t' }, 'the token in /t', 'put a living one there'],
    [{ method: 'userpass', path: 'up', loginFile: '/l' }, 'the user in /l', 'vault list auth/up/users'],
  ] as const satisfies readonly (readonly [Auth, string, string])[]) {
    t.equal(whoOf(auth), who)
    const vault = { address: 'https://v', certFile: '/c', keyFile: '/k' }
    t.match(loginHint({ ...configOf(), vault, auth }), hint)
  }
  t.match(loginHint({ ...configOf(), auth: { method: 'cert', path: 'cert' } }), 'the certificate in none')
})
