import type { IncomingMessage } from 'node:http'
import t from 'tap'
import { type Caller, callerOf, type CallerRules } from '../../src/webhook/caller.ts'

const rules: CallerRules = {
  names: ['api-server'],
  hasAuthority: true,
  subjectOf: async token => {
    if (token !== 'good') throw new Error('signature verification failed')
    return 'api-server'
  },
}
type Shown = { readonly subject?: object; readonly authorized?: boolean; readonly authorization?: string }

const asked = async (
  { subject, authorized = true, authorization }: Shown,
  more: Partial<CallerRules> = {},
): Promise<Caller> => {
  const peer = subject === undefined ? {} : { subject }
  const socket = { authorized, authorizationError: 'CERT_HAS_EXPIRED', getPeerCertificate: () => peer }
  return callerOf({ socket, headers: { authorization } } as unknown as IncomingMessage, { ...rules, ...more })
}

t.test('a caller is known by its certificate', async t => {
  t.same(await asked({ subject: { CN: 'api-server' } }), { name: 'api-server' })
  t.same(await asked({ subject: { CN: 'kubelet' } }), { problem: '"kubelet" is not in --client-names' })
  t.same(await asked({ subject: { CN: 'api-server' }, authorized: false }), {
    problem: 'the certificate is not valid: CERT_HAS_EXPIRED',
  })
  for (const subject of [{}, { CN: ['api-server', 'kubelet'] }])
    t.same(await asked({ subject }), { problem: 'the certificate has no common name' })
  const long = await asked({ subject: { CN: 'x'.repeat(5000) } })
  t.ok('problem' in long && long.problem.length < 300)
})

t.test('or by its token', async t => {
  t.same(await asked({ authorization: 'Bearer good' }), { name: 'api-server' })
  t.same(await asked({ authorization: 'bearer  good' }), { name: 'api-server' })
  t.same(await asked({ authorization: 'Bearer hunter2' }), {
    problem: 'the token is not valid: signature verification failed',
  })
  t.same(await asked({ authorization: 'Bearer good' }, { names: ['x'] }), {
    problem: '"api-server" is not in --client-names',
  })
  t.same(
    await asked({ subject: { CN: 'kubelet' }, authorization: 'Bearer good' }),
    { problem: '"kubelet" is not in --client-names' },
    'a certificate that is shown counts',
  )
})

t.test('or not at all', async t => {
  t.same(await asked({}), { problem: 'there is no certificate or token' })
  t.same(await asked({ authorization: 'Basic Z29vZA==' }), { problem: 'there is no certificate or token' })
  t.same(await asked({ authorization: 'Bearer good' }, { subjectOf: undefined }), {
    problem: 'there is no certificate',
  })
  t.same(await asked({ subject: { CN: 'api-server' } }, { hasAuthority: false }), { problem: 'there is no token' })
})
