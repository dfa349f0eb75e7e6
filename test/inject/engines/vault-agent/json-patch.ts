import t from 'tap'
import { patched } from '../../../../src/inject/engines/vault-agent/json-patch.ts'
import { messages } from '../../../fixtures/vault-k8s.ts'

const container = { name: 'vault-agent', image: 'vault', env: [{ name: 'A', value: 'secret-looking' }] }
const patch = (text: string) => patched('agent-json-patch', text, container)

t.test('a patch is applied, and the container it is made of stays as it is', async t => {
  t.match(patch('[{"op":"replace","path":"/image","value":"other"}]'), { container: { image: 'other' }, problems: [] })
  t.equal(container.image, 'vault')
})

t.test('nothing, null and an empty list change nothing', async t => {
  for (const text of ['', ' ', 'null', '[]']) t.strictSame(patch(text), { container, problems: [] }, text)
})

t.test('what is no patch is refused as vault-k8s does', async t => {
  for (const text of ['x', '{}', '[1]', '"x"'])
    t.strictSame(messages(patch(text).problems), [
      'error adding default annotations: error parsing JSON patch for annotation vault.hashicorp.com/agent-json-patch',
    ])
})

t.test('one that does not apply is refused, without a word of the container', async t => {
  for (const text of [
    '[{"op":"remove","path":"/nope"}]',
    '[{"op":"test","path":"/name","value":"x"}]',
    '[{"op":"add","path":"/__proto__/x","value":"y"}]',
    '[{"op":"nonsense","path":"/x"}]',
  ]) {
    const { problems } = patch(text)
    t.strictSame(messages(problems), [
      'error creating patch for agent: failed to apply JSON patch: vault.hashicorp.com/agent-json-patch',
    ])
  }
  t.notOk('x' in {})
})

t.test('what is left must still be the container', async t => {
  for (const text of [
    '[{"op":"remove","path":""}]',
    '[{"op":"replace","path":"","value":[1]}]',
    '[{"op":"replace","path":"/name","value":"x"}]',
  ])
    t.equal(patch(text).problems.length, 1, text)
})
