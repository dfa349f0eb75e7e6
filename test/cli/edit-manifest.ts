import fc from 'fast-check'
import jsonpatch from 'fast-json-patch'
import assert from 'node:assert/strict'
import t from 'tap'
import { parse, stringify } from 'yaml'
import { changeText, type Path, yamlOptions } from '../../src/cli/edit-manifest.ts'

const addToText = (text: string, path: Path, value: unknown): string => changeText(text, [{ op: 'add', path, value }])
const removeFromText = (text: string, path: Path): string => changeText(text, [{ op: 'remove', path }])
const emptyInText = (text: string, path: Path): string => changeText(text, [{ op: 'empty', path }])

const same = (t: Tap, text: string, path: Path, value: unknown, expected: string): void => {
  t.equal(addToText(text, path, value), expected)
}
type Tap = { readonly equal: (found: unknown, wanted: unknown) => unknown }

t.test('what an alias shares is written out before it is changed in one place', async t => {
  same(t, 'a: &x [1]\nb: *x\n', ['b', '-'], 2, 'a: &x [1]\nb: [1, 2]\n')
  same(t, 'a: &x [1]\nb: *x\nc: *x\n', ['a', '-'], 2, 'a: &x [1, 2]\nb: [1]\nc: [1]\n')
  same(t, 'a: &x {d: [1]}\nb: *x\n', ['b', 'd', '-'], 2, 'a: &x {d: [1]}\nb: {"d":[1, 2]}\n')
  same(t, 'a: &x [1]\nb: &y 2\nc: [*y, *x]\n', ['a', '-'], 3, 'a: &x [1, 3]\nb: &y 2\nc: [*y, [1]]\n')
  same(t, 'a: &x {n: 1}\n', ['a', 'm'], 2, 'a: &x {n: 1, "m": 2}\n')
  same(t, 'm: &x 0644\na: &y [*x]\nb: *y\n', ['b', '-'], 1, 'm: &x 0644\na: &y [*x]\nb: [420, 1]\n')
})

t.test('what a merge key brings becomes a member of its own', async t => {
  const text = 'a: &x {e: [1]}\nb:\n  <<: *x\n  n: 1\n'
  const edited = addToText(text, ['b', 'e', '-'], 2)
  t.same(parse(edited, yamlOptions), { a: { e: [1] }, b: { e: [1, 2], n: 1 } })
})

t.test('lines end as they did', async t => {
  same(t, 'a: 1\r\n', ['b'], [1], 'a: 1\r\nb:\r\n  - 1\r\n')
})

t.test('a place that is not there is an error', async t => {
  for (const path of [['a', 'b', 'c'], ['x', 'y'], ['a', 0, 'y'], []])
    t.throws(() => addToText('a: {b: 1}\n', path, 1), /the document has no/)
  t.throws(() => addToText('', ['a'], 1), /has no place/)
  t.throws(() => addToText('a: [1]', ['a', 7, 'x'], 1), /has no place/)
})

t.test('says the same as a JSON Patch, on any document', async () => {
  const leaf = fc.oneof(
    fc.integer(),
    fc.boolean(),
    fc.constantFrom('x', 'yes', '', 'a: b', '- c', 'two\nlines\n', "it's", '#', '0x1F'),
  )
  const { value } = fc.letrec(tie => ({
    value: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'c d', 'e/f'), tie('value'), { maxKeys: 3 }),
    ),
  }))
  const places = (node: unknown, path: readonly (string | number)[]): readonly (readonly (string | number)[])[] => {
    if (typeof node !== 'object' || node === null) return []
    const here = Array.isArray(node)
      ? [[...path, '-'], ...(node.length > 0 ? [[...path, 0]] : [])]
      : [[...path, 'new'], ...(Object.hasOwn(node, 'a') ? [[...path, 'a']] : [])]
    return [...here, ...Object.entries(node).flatMap(([name, child]) => places(child, [...path, name]))]
  }
  const styles = fc.constantFrom<(document: unknown) => string>(
    document => stringify(document),
    document => stringify(document, { indentSeq: false }),
    document => JSON.stringify(document),
    document => JSON.stringify(document, null, 2),
  )
  fc.assert(
    fc.property(value, styles, leaf, fc.nat(), (document, style, added, pick) => {
      const all = places(document, [])
      const path = all[pick % all.length]
      if (path === undefined) return
      const pointer = path.map(step => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
      const expected = jsonpatch.applyPatch(structuredClone(document), [
        { op: 'add', path: pointer, value: added },
      ]).newDocument
      assert.deepEqual(parse(addToText(style(document), path, added), yamlOptions), expected)
    }),
    { numRuns: 1000 },
  )
})

t.test('what was added can be removed again, to the byte', async t => {
  const text = 'a: &x {d: [1]} # one\nb: *x\n'
  t.equal(removeFromText('a: 1\nb:\n- c: 2\n', ['b', 0, 'c']), 'a: 1\nb:\n- {}\n')
  t.equal(removeFromText('a: [1, 2]\n', ['a', 0]), 'a: [2]\n')
  t.equal(removeFromText(text, ['b', 'd']), 'a: &x {d: [1]} # one\nb: {}\n', 'an alias is written out first')
  t.throws(() => removeFromText('a: 1\n', ['b']), /no b there/)
  t.throws(() => removeFromText('a: 1\n', ['b', 'c']), /no b there/)
})

t.test('a member may keep its name alone, an item may not', async t => {
  t.equal(emptyInText('a:\n  b: # c\n  - 1\n  d: 2\n', ['a', 'b']), 'a:\n  b: # c\n  d: 2\n')
  t.throws(() => emptyInText('a: [1]\n', ['a', 0]), /removed, not emptied/)
})

t.test('several changes are made at once where none disturbs another', async t => {
  const remove = (...path: Path) => ({ op: 'remove', path }) as const
  const add = (value: unknown, ...path: Path) => ({ op: 'add', path, value }) as const
  t.equal(changeText('a: {b: [1]}\n', []), 'a: {b: [1]}\n')
  t.equal(
    changeText('a:\n- b: 1\n', [add(2, 'z'), add(3, 'a', 0, 'c')]),
    'a:\n- b: 1\n  c: 3\nz: 2\n',
    'what is deeper stands above',
  )
  t.equal(changeText('a: [1]\n', [add(2, 'a', 0), add(3, 'a', 1), remove('a', 2)]), 'a: [2, 3]\n', 'places move')
  t.equal(changeText('x:\n  - 1\n  - 2\ny: 5', [remove('x', 1), remove('y')]), 'x:\n  - 1', 'their lines touch')
  t.equal(changeText('a: &x [1]\nb: *x\n', [add(2, 'b', '-'), remove('a')]), 'b: [1, 2]\n')
})

t.test('many changes say the same as a JSON Patch', async () => {
  const step = fc.constantFrom<string | number>('a', 'b', 0, 1)
  const change = fc.oneof(
    fc.record({
      op: fc.constant('add' as const),
      path: fc.array(step, { minLength: 1, maxLength: 3 }),
      value: fc.constantFrom<unknown>(1, [2], { c: 3 }),
    }),
    fc.record({ op: fc.constant('remove' as const), path: fc.array(step, { minLength: 1, maxLength: 3 }) }),
  )
  const start = { a: { a: [1, { b: 2 }], b: { a: 3, b: [4, 5] } }, b: [{ a: [6], b: 7 }, [8, 9]] }
  const styles = fc.constantFrom(
    (value: unknown) => stringify(value),
    JSON.stringify,
    (value: unknown) => stringify(value).trimEnd(),
  )
  const patched = (
    value: unknown,
    { path, ...operation }: { readonly path: Path; readonly op: 'add' | 'remove' },
  ): unknown => {
    const pointer = path.map(each => `/${each}`).join('')
    const patch = [{ ...operation, path: pointer } as jsonpatch.Operation]
    return jsonpatch.applyPatch(structuredClone(value), structuredClone(patch), true).newDocument
  }
  fc.assert(
    fc.property(fc.array(change, { maxLength: 5 }), styles, (wanted, style) => {
      let expected: unknown = start
      const changes = wanted.filter(each => {
        // A change that JSON Patch does not take is none.
        try {
          const next = patched(expected, each)
          const isThere = Object.keys(Object(next)).length > 0
          if (isThere) expected = next
          return isThere
        } catch {
          return false
        }
      })
      assert.deepEqual(parse(changeText(style(start), changes), yamlOptions), expected)
    }),
    { numRuns: 2000 },
  )
})
