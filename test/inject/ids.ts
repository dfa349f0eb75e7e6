import t from 'tap'
import { fileMode, idsOf } from '../../src/inject/ids.ts'
import type { Container } from '../../src/inject/pod.ts'
import { podWith, read } from '../fixtures/pods.ts'

const container = (securityContext?: Container['securityContext']): Container => ({
  name: 'app',
  ...(securityContext !== undefined && { securityContext }),
})

t.test('the injected containers run as the app, and never as root', async t => {
  for (const [what, annotations, pod, first, ids] of [
    ['nothing is named', {}, {}, undefined, [65532, 65532]],
    ['the container names a user', {}, { runAsUser: 1 }, { runAsUser: 1000 }, [1000, 65532]],
    ['the pod names user and group', {}, { runAsUser: 1000, runAsGroup: 2000 }, {}, [1000, 2000]],
    ['the app is root', {}, {}, { runAsUser: 0, runAsGroup: 0 }, [65532, 65532]],
    ['the annotation decides', { 'run-as-user': '7', 'run-as-group': '8' }, { runAsUser: 1 }, { runAsUser: 2 }, [7, 8]],
  ] as const) {
    const { intent } = read(annotations)
    const { user, group } = idsOf(intent, podWith({}, { securityContext: pod }), [container(first)])
    t.strictSame([user, group], ids, what)
  }
})

t.test('a pod whose selection is empty gets our own ids', async t => {
  t.strictSame(idsOf(read({}).intent, { spec: { containers: [] } }, []), { user: 65532, group: 65532 })
})

t.test('files are for the owner alone, unless the pod’s group or another user must read them', async t => {
  const ids = { user: 1000, group: 1000 }
  for (const [what, pod, containers, mode] of [
    ['every container runs as the owner', {}, [{ runAsUser: 1000 }, { runAsUser: 1000 }], 0o400],
    ['the pod runs as the owner', { runAsUser: 1000 }, [undefined], 0o400],
    ['one container runs as somebody else', { runAsUser: 1000 }, [undefined, { runAsUser: 1001 }], 0o444],
    ['a container runs as root', {}, [{ runAsUser: 0 }], 0o444],
    ['the image decides who runs', {}, [undefined], 0o444],
    ['the pod has a group for its volumes', { fsGroup: 2000, runAsUser: 1000 }, [undefined], 0o440],
  ] as const)
    t.equal(fileMode(ids, podWith({}, { securityContext: pod }), containers.map(container)), mode, what)
  t.equal(fileMode(ids, {}, [container()]), 0o444)
})
