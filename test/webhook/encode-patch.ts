import assert from 'node:assert/strict'
import fc from 'fast-check'
import jsonpatch from 'fast-json-patch'
import t from 'tap'
import type { Operation } from '../../src/inject/patch.ts'
import { encodePatch } from '../../src/webhook/encode-patch.ts'

const add = (path: string, value: unknown): Operation => ({ op: 'add', path, value })
const decoded = (encoded: string): unknown => JSON.parse(Buffer.from(encoded, 'base64').toString())

t.test('sends the patch as it was before it was applied', async t => {
  const patch = [add('/a', []), add('/a/-', 1), add('/a/0', { 'x/y~': 2 }), add('/a/0/x~1y~0', 3)]
  const before = structuredClone(patch)
  const pod = {}
  t.same(decoded(encodePatch(pod, patch)), before)
  t.same(pod, { a: [{ 'x/y~': 3 }, 1] })
})

t.test('a patch that does not apply is never sent', async t => {
  const wrong = [
    '/b/-',
    '/a/2',
    '/a/-1',
    '/a/x',
    '/a/1.5',
    '/a/0/b',
    '/t/u',
    '/a/length',
    '/constructor/x',
    '/toString/x',
  ]
  for (const path of wrong)
    t.throws(() => encodePatch({ a: ['secret'], t: 'text' }, [add(path, 1)]), {
      message: `the operation at ${path} of the patch does not apply`,
    })
})

t.test('applies as fast-json-patch does', async () => {
  const step = fc.constantFrom('a', 'b', '0', '1', '2', '-', 'x~1y', 'x~0y')
  const path = fc.array(step, { minLength: 1, maxLength: 3 }).map(steps => steps.map(name => `/${name}`).join(''))
  const value = fc.oneof(fc.constant([]), fc.constant({}), fc.constant([{}, []]), fc.integer())
  const patches = fc.array(
    // A constant is one object: two operations must not share it, as they never do once they have been JSON.
    fc.tuple(path, value).map(([at, what]) => add(at, structuredClone(what))),
    { maxLength: 6 },
  )
  const document = () => ({ a: [{ b: [] }, 1], b: { a: {}, 'x/y': [] } })
  const outcome = (run: () => unknown): unknown => {
    try {
      return run()
    } catch {
      return 'does not apply'
    }
  }
  const theirs = (patch: readonly Operation[]) =>
    jsonpatch.applyPatch<object>(document(), structuredClone(patch), true).newDocument
  const ours = (patch: readonly Operation[]) => {
    const pod = document()
    encodePatch(pod, structuredClone(patch))
    return pod
  }
  fc.assert(
    fc.property(patches, patch =>
      assert.deepEqual(
        outcome(() => ours(patch)),
        outcome(() => theirs(patch)),
      ),
    ),
    { numRuns: 500 },
  )
})
