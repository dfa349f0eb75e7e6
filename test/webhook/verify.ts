import t from 'tap'
import { makeAuthority, makeCertificates, makeLeaf } from '../../src/webhook/make-certificates.ts'
import { verify } from '../../src/webhook/verify.ts'

const now = new Date()
const day = 86_400_000
const [one, other] = [makeAuthority(now, day), makeAuthority(now, day)]
const leaf = makeLeaf(one, ['podvault.team.svc', '10.0.0.1'], now, day)

t.test('a certificate is good for whoever trusts its authority, under its names', async t => {
  t.equal(await verify(leaf, one.cert, 'podvault.team.svc'), undefined)
  t.equal(await verify(leaf, one.cert, '10.0.0.1'), undefined)
  t.equal(await verify(leaf, other.cert + one.cert, 'podvault.team.svc'), undefined, 'whatever else is trusted')
})

t.test('and for nobody else', async t => {
  t.match(await verify(leaf, other.cert, 'podvault.team.svc'), /unable to verify|unable to get/)
  t.match(await verify(leaf, one.cert, 'podvault.other.svc'), /does not match certificate's altnames/)
  t.match(await verify(leaf, 'nonsense', 'podvault.team.svc'), /./)
  const late = makeLeaf(one, ['localhost'], new Date(now.getTime() - 2 * day), day)
  t.match(await verify(late, one.cert, 'localhost'), /expired/)
  const { cert, key, caCert } = makeCertificates(['localhost'], now, 1)
  t.equal(await verify({ cert: cert + caCert, key }, caCert, 'localhost'), undefined, 'a chain is one, too')
})
