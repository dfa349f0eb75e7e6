import t from 'tap'
import { changeText, type Path } from '../../src/cli/edit-manifest.ts'

const removeFromText = (text: string, path: Path): string => changeText(text, [{ op: 'remove', path }])
const emptyInText = (text: string, path: Path): string => changeText(text, [{ op: 'empty', path }])

type Tap = { readonly equal: (found: unknown, wanted: unknown) => unknown }
const cut = (t: Tap, text: string, path: Path, expected: string): void => {
  t.equal(removeFromText(text, path), expected)
}
const empty = (t: Tap, text: string, path: Path, expected: string): void => {
  t.equal(emptyInText(text, path), expected)
}

t.test('cuts items out of block lists, comments of others left where they are', async t => {
  cut(t, 'a:\n- x # one\n# two\n- y\n', ['a', 1], 'a:\n- x # one\n# two\n')
  cut(t, 'a:\n- x # one\n# two\n- y\n', ['a', 0], 'a:\n# two\n- y\n')
  cut(t, 'a:\n- x\n- |\n  text\n\n- y', ['a', 1], 'a:\n- x\n\n- y')
  cut(t, 'a:\n- x\n- y', ['a', 1], 'a:\n- x')
  cut(t, 'a:\r\n- x\r\n- y', ['a', 1], 'a:\r\n- x')
  cut(t, '- - a\n  - b\n', [0, 0], '- - b\n')
  cut(t, '- - a\n  - b\n', [0, 1], '- - a\n')
  cut(t, 'a:\n- x # one\nb: 1\n', ['a', 0], 'a:\n[] # one\nb: 1\n')
})

t.test('cuts members out of block maps', async t => {
  cut(t, 'a: 1 # one\nb:\n  c: 2\n# end\n', ['b'], 'a: 1 # one\n# end\n')
  cut(t, '- a: 1\n  b: 2\n', [0, 'a'], '- b: 2\n')
  cut(t, '- a: 1\n  b: 2\n', [0, 'b'], '- a: 1\n')
  cut(t, 'x:\n  a: |\n    text\ny: 1\n', ['x', 'a'], 'x:\n  {}\ny: 1\n')
  cut(t, 'a:\nb: 1\n', ['a'], 'b: 1\n')
})

t.test('between brackets a comma goes too', async t => {
  cut(t, '[1, 2, 3] # x', [1], '[1, 3] # x')
  cut(t, '[1, 2, # two\n]', [1], '[1, # two\n]')
  cut(t, '[ 1 ]', [0], '[  ]')
  cut(t, '{a: 1, b: 2}', ['a'], '{b: 2}')
  cut(t, '{a: 1, b: 2}', ['b'], '{a: 1}')
})

t.test('what is not there cannot be cut', async t => {
  t.throws(() => removeFromText('a: []\n', ['a', 0]), /no item 0/)
  t.throws(() => removeFromText('a: {b: 1}\n', ['a', 'c']), /no c there/)
})

t.test('an emptied member keeps its name, and its comment', async t => {
  empty(t, 'a:   # none\n- x\n- y\nb: 1\n', ['a'], 'a:   # none\nb: 1\n')
  empty(t, 'a:\r\n- x\r\nb: 1\r\n', ['a'], 'a:\r\nb: 1\r\n')
  empty(t, 'a:\n- x # last\n', ['a'], 'a: # last\n')
  empty(t, 'a: [x] # one\n', ['a'], 'a: null # one\n')
  empty(t, '{"a": [1], "b": 2}', ['a'], '{"a": null, "b": 2}')
  t.throws(() => emptyInText('a: {b: 1, c}\n', ['a', 'd']), /no d there/)
  t.throws(() => emptyInText('a: {b: 1, c}\n', ['a', 'c']), /no c there/)
})
