import t from 'tap'
import { asksVaultK8s } from '../../../src/inject/vault-k8s/asks.ts'

const asks = (value: unknown) => asksVaultK8s({ 'vault.hashicorp.com/agent-inject': value })

t.test('Go has many ways of saying yes and no', async t => {
  t.equal(asksVaultK8s({}), false)
  for (const yes of ['1', 't', 'T', 'TRUE', 'true', 'True']) t.equal(asks(yes), true, yes)
  for (const no of ['0', 'f', 'F', 'FALSE', 'false', 'False', '']) t.equal(asks(no), false, no)
})

t.test('whatever else is said is told', async t => {
  t.match(asks('yes'), /^vault\.hashicorp\.com\/agent-inject is "yes"; allowed: "true" or "false"/)
  t.equal(asks(true), 'vault.hashicorp.com/agent-inject is no string; write its value in quotes')
})
