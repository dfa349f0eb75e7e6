import t from 'tap'
import { changeText, type Path } from '../../src/cli/edit-manifest.ts'

const addToText = (text: string, path: Path, value: unknown): string => changeText(text, [{ op: 'add', path, value }])

const same = (t: Tap, text: string, path: Path, value: unknown, expected: string): void => {
  t.equal(addToText(text, path, value), expected)
}
type Tap = { readonly equal: (found: unknown, wanted: unknown) => unknown }

t.test('adds to block maps behind their last line', async t => {
  same(t, 'a: 1 # one\n', ['b'], { c: [1] }, 'a: 1 # one\nb:\n  c:\n    - 1\n')
  same(t, 'a:\n  b: |\n    text\n\nz: 1\n', ['a', 'c'], 'x', 'a:\n  b: |\n    text\n  c: x\n\nz: 1\n')
  same(
    t,
    'a:\n  - b: 1\n    # about c\n    c: {d: 1}\n',
    ['a', 0, 'e'],
    true,
    'a:\n  - b: 1\n    # about c\n    c: {d: 1}\n    e: true\n',
  )
  same(t, 'a: 1', ['b'], 2, 'a: 1\nb: 2')
})

t.test('a member that is there gets the new value, where it stands', async t => {
  same(t, 'a:\nb: 1\n', ['a'], [1], 'a:\n  - 1\nb: 1\n')
  same(t, 'a:   # none\nb: 1\n', ['a'], [1], 'a:   # none\n  - 1\nb: 1\n')
  same(t, 'a: null # none\nb: 1\n', ['a'], 'x', 'a: x # none\nb: 1\n')
  same(t, 'a: |\n  text\nb: 1\n', ['a'], 'x', 'a: x\nb: 1\n')
  same(t, '{"a": null, "b": 1}', ['a'], [1], '{"a": [1], "b": 1}')
})

t.test('adds to block lists in front, between and behind, comments left with their items', async t => {
  const list = 'a:\n- x # one\n# two\n- y\n'
  same(t, list, ['a', '-'], { k: 1, m: 2 }, 'a:\n- x # one\n# two\n- y\n- k: 1\n  m: 2\n')
  same(t, list, ['a', 0], 'w', 'a:\n- w\n- x # one\n# two\n- y\n')
  same(t, list, ['a', '1'], 'w', 'a:\n- x # one\n- w\n# two\n- y\n')
  same(t, '- a:\n    - b\n', [0, 'a', 0], 'w', '- a:\n    - w\n    - b\n')
  same(t, '- - a\n  - b\n', [0, 0], 'w', '- - w\n  - a\n  - b\n')
  same(t, '# head\n- a\n', [0], 'w', '- w\n# head\n- a\n')
  same(t, '-\n  a: 1\n', [0], 'w', '- w\n-\n  a: 1\n')
})

t.test('adds between brackets as JSON, which YAML is too', async t => {
  same(t, 'a: []\n', ['a', '-'], { x: 1 }, 'a: [{"x":1}]\n')
  same(t, 'a: {b}\n', ['a', 'c'], 1, 'a: {b, "c": 1}\n')
  same(t, 'a: {}\n', ['a', 'b'], 'yes', 'a: {"b": "yes"}\n')
  same(t, 'a: [x, y] # both\n', ['a', 1], 'w', 'a: [x, "w", y] # both\n')
  same(t, 'a: [x]\n', ['a', '-'], 'w', 'a: [x, "w"]\n')
  same(t, '{"a": {"b": 1}}', ['a', 'c'], 2, '{"a": {"b": 1, "c": 2}}')
  same(
    t,
    '{\n  "a": [\n    1\n  ]\n}\n',
    ['a', '-'],
    { b: 1 },
    '{\n  "a": [\n    1,\n    {\n      "b": 1\n    }\n  ]\n}\n',
  )
  same(t, '{\n\t"a": 1\n}\n', ['b'], { c: 1 }, '{\n\t"a": 1,\n\t"b": {\n\t\t"c": 1\n\t}\n}\n')
  same(t, '[\n  1\n]', [0], 0, '[\n  0,\n  1\n]')
})

t.test('lists under a key stand as the manifest has them', async t => {
  same(t, 'a:\n- x\n', ['b'], [1], 'a:\n- x\nb:\n- 1\n')
  same(t, 'a:\n  - x\n', ['b'], [1], 'a:\n  - x\nb:\n  - 1\n')
})

t.test('quotes what kubectl would take for something else', async t => {
  same(
    t,
    'a: 1\n',
    ['b'],
    { c: 'yes', d: '0644', e: 'on', f: 'null' },
    'a: 1\nb:\n  c: "yes"\n  d: "0644"\n  e: "on"\n  f: "null"\n',
  )
})

t.test('an alias is written out on its line', async t => {
  same(t, 'a: &x\n  - 1\nb: *x # again\n', ['b', '-'], 2, 'a: &x\n  - 1\nb: [1, 2] # again\n')
})

t.test('between brackets only the value of a member is replaced, where it has one', async t => {
  same(t, '{a: null, b: 1}', ['a'], [1], '{a: [1], b: 1}')
  same(t, '{a, b: 1}', ['a'], [1], '{"a": [1], b: 1}')
  same(t, 'a: [ # none\n]\n', ['a', '-'], 'x', 'a: ["x" # none\n]\n')
})

t.test('lines without a last newline get none', async t => {
  same(t, 'a:\r\n- x', ['a', '-'], 'z', 'a:\r\n- x\r\n- z')
  same(t, 'a:\r\n- x\r\n', ['b'], ['z'], 'a:\r\n- x\r\nb:\r\n- z\r\n')
})
