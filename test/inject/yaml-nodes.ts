import t from 'tap'
import { parseDocument, type Node } from 'yaml'
import { entriesOf, listOf, membersOf, oneOf, readingOf, scalarAs } from '../../src/inject/yaml-nodes.ts'

const read = <T>(text: string, reader: (node: Node, report: (node: Node, message: string) => undefined) => T) => {
  const messages: string[] = []
  const value = reader(parseDocument(text).contents as Node, (_node, message) => void messages.push(message))
  return { value, messages }
}

t.test('members are found by the keys there may be, whatever objects are born with', async t => {
  const { value, messages } = read('{a: 1, constructor: 2}', (node, report) =>
    membersOf(node, 'it', ['a', 'b'], report),
  )
  t.strictSame([...(value?.keys() ?? [])], ['a'])
  t.strictSame(messages, ['it has a key that does not exist; there are: a, b'])
  t.strictSame(
    read('x', (node, report) => membersOf(node, 'it', ['a'], report)),
    {
      value: undefined,
      messages: ['it must be a map of keys and values'],
    },
  )
  t.strictSame(read('{aa: 1}', (node, report) => membersOf(node, 'it', ['a'], report)).messages, [
    'it has a key that does not exist; did you mean a?',
  ])
})

t.test('a member is read by its key, and one that is not there is nothing', async t => {
  const digits = scalarAs('a must be digits', text => (/^[0-9]+$/.test(text) ? Number(text) : undefined))
  const both = (text: string) =>
    read(text, (node, report) => {
      const reading = readingOf(membersOf(node, 'it', ['a', 'b'], report) ?? new Map(), report)
      return [reading('a', digits), reading('b', digits)]
    })
  t.strictSame(both('{a: 7}'), { value: [7, undefined], messages: [] })
  t.strictSame(both('{a: x}'), { value: [undefined, undefined], messages: ['a must be digits'] })
})

t.test('entries keep their names; one without a value, or no word, is reported', async t => {
  const names = (text: string) => read(text, (node, report) => entriesOf(node, 'it', report)?.map(({ name }) => name))
  t.strictSame(names('{b: 1, a: 2}'), { value: ['b', 'a'], messages: [] })
  t.strictSame(names('{a: , b: null}'), { value: [], messages: ['this key has no value', 'this key has no value'] })
  t.strictSame(names('{7: a}').messages, ['it has a key that is no word'])
  t.strictSame(names('{a: 1, a: 2}').value, ['a'], 'the parser has complained of the second')
})

t.test('a list gives what each item gives', async t => {
  const digits = scalarAs('must be digits', text => (/^[0-9]+$/.test(text) ? text : undefined))
  t.strictSame(read('[1, a, 0o7]', listOf('it', digits)), {
    value: ['1'],
    messages: ['must be digits', 'must be digits'],
  })
  t.strictSame(read('x', listOf('it', digits)), { value: undefined, messages: ['it must be a list'] })
  t.strictSame(read('[[1]]', listOf('it', digits)).messages, ['must be digits'])
})

t.test('one of some words is that word, and another is named with those there are', async t => {
  const word = (text: string) => read(text, oneOf('kv', ['v1', 'v2']))
  t.strictSame(word('v2'), { value: 'v2', messages: [] })
  t.strictSame(word('v3'), { value: undefined, messages: ['kv must be one of: v1, v2'] })
})
