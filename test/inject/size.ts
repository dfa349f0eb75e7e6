import t from 'tap'
import { referencesProblem, sizeProblem } from '../../src/inject/size.ts'
import { podWith } from '../fixtures/pods.ts'

const containers = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `c${index}` }))

t.test('annotations longer than Kubernetes takes are refused at once', async t => {
  const pod = (size: number) => ({ metadata: { annotations: { key: 'x'.repeat(size - 3) } } })
  t.equal(sizeProblem(pod(262_144)), undefined)
  t.strictSame(sizeProblem(pod(262_145)), {
    reason: 'bad-value',
    message: 'the annotations of the pod are longer than the 262144 bytes that Kubernetes takes',
  })
  t.equal(sizeProblem({}), undefined)
  const odd = { metadata: { annotations: { key: { toString: 1 } as unknown as string } } }
  t.equal(sizeProblem(odd), undefined, 'what is no text is for others to say')
})

t.test('a pod has no more than 500 containers, init containers among them', async t => {
  t.equal(sizeProblem(podWith({}, { containers: containers(200), initContainers: containers(300) })), undefined)
  t.match(sizeProblem(podWith({}, { containers: containers(201), initContainers: containers(300) })), {
    message: 'the pod has 501 containers; podvault looks after 500 at most',
  })
})

t.test('nor do its environments refer to more than fits into a pod', async t => {
  t.equal(referencesProblem(100, 100), undefined)
  t.match(referencesProblem(101, 100), {
    reason: 'bad-value',
    message: /^101 variables in the environment of 100 containers .* podvault.dev\/containers/,
  })
})
