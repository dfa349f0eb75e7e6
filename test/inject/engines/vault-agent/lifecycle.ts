import { execFileSync } from 'node:child_process'
import t from 'tap'
import { lifecycleOf } from '../../../../src/inject/engines/vault-agent/lifecycle.ts'
import { wishOf } from '../../../fixtures/vault-k8s.ts'

const command = (texts: Readonly<Record<string, string>>) =>
  lifecycleOf(wishOf({ 'agent-revoke-on-shutdown': 'true', ...texts })).preStop?.exec?.command

t.test('there is no hook unless the pod asks for one', async t => {
  t.strictSame(lifecycleOf(wishOf({})), {})
})

t.test('the hook is vault-k8s’s', async t => {
  t.strictSame(command({}), [
    '/bin/sh',
    '-c',
    '/bin/sleep 5 && /bin/vault token revoke -address=https://vault.example.com:8200 -self',
  ])
})

t.test('it has all that it takes to reach Vault', async t => {
  t.match(
    command({
      'agent-revoke-grace': '30',
      'ca-cert': '/ca',
      'ca-key': '/cas',
      'client-cert': '/crt',
      'client-key': '/key',
      'tls-server-name': 'vault',
      namespace: 'team',
      'tls-skip-verify': 'true',
    })?.[2],
    /^\/bin\/sleep 30 && .* -ca-cert=\/ca -ca-path=\/cas -client-cert=\/crt -client-key=\/key -tls-server-name=vault -namespace=team -tls-skip-verify -self$/,
  )
})

t.test('what a shell would run stays a word', async t => {
  const value = `/ca'; touch /tmp/no; echo $(id) "`
  const line = command({ 'ca-cert': value })?.[2] ?? ''
  const words = line.replace('/bin/sleep 5 && /bin/vault', 'printf "%s\\n"')
  t.ok(execFileSync('/bin/sh', ['-c', words]).toString().split('\n').includes(`-ca-cert=${value}`))
})
