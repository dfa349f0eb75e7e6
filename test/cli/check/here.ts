import t from 'tap'
import { checkHere } from '../../../src/cli/check/here.ts'
import { encodeConfig } from '../../../src/contract.ts'
import { lookFrom } from '../../fixtures/look.ts'
import { startVault } from '../../fixtures/vault-server.ts'

const stop = new AbortController().signal

t.test('looks at Vault by what the container was told', async t => {
  await using vault = await startVault()
  vault.memory.loginRoles.set('kubernetes/web', { ttl: 600 })
  vault.fail({ path: 'sys/health', body: { initialized: true, sealed: false, version: '2.0.4' } })
  const { config } = lookFrom(t, { address: vault.address })
  const { findings, namespace } = await checkHere({ env: { PODVAULT_CONFIG: encodeConfig(config) }, stop })
  t.same(
    findings.map(({ check, level }) => `${check} ${level}`),
    [
      'vault-name ok',
      'vault-connection ok',
      'vault-certificate warning',
      'vault-health ok',
      'vault-login ok',
      'vault-paths ok',
    ],
  )
  t.equal(namespace, undefined)
})

t.test('where podvault was not injected there is nothing to look by', async t => {
  await t.rejects(checkHere({ env: {}, stop }), { message: /PODVAULT_CONFIG/ })
})
