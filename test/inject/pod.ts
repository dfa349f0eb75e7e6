import t from 'tap'
import { containersIn } from '../../src/inject/pod.ts'

t.test('all containers of a pod, the init containers first', async t => {
  const [init, app] = [{ name: 'init' }, { name: 'app' }]
  t.strictSame(containersIn({ spec: { initContainers: [init], containers: [app] } }), [init, app])
  t.strictSame(containersIn({ spec: { containers: [app] } }), [app])
  t.strictSame(containersIn({}), [])
})
