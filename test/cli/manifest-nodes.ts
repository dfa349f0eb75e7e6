import t from 'tap'
import { isMap, isSeq, type Node, parseDocument } from 'yaml'
import {
  beforeNewline,
  columnOf,
  endOf,
  lineEnd,
  lineOfItem,
  lineStart,
  type List,
  type Map,
  memberOf,
  startOf,
} from '../../src/cli/manifest-nodes.ts'

const text = '? a\n: b: |\n    text\n- x\n'

t.test('knows where lines begin and end', async t => {
  const lines = 'one\r\ntwo\nthree'
  t.equal(lineStart(lines, 7), 5)
  t.equal(columnOf(lines, 7), 2)
  t.equal(lineEnd(lines, 1), 5)
  t.equal(lineEnd(lines, 5), 5, 'a block scalar ends behind its newline')
  t.equal(lineEnd(lines, 11), lines.length)
  t.equal(beforeNewline(lines, 5), 3)
  t.equal(beforeNewline(lines, 9), 8)
  t.equal(beforeNewline(lines, 2), 2)
})

t.test('knows where nodes and members begin and end, comments left out', async t => {
  const source = 'a:\n  b: 1 # one\n  # two\nc:\nd: [1, 2] # x\n'
  const map = parseDocument(source).contents as unknown as Map
  t.ok(isMap(map))
  const part = (name: string) => {
    const member = memberOf(map, name)!
    return source.slice(startOf(member), endOf(member))
  }
  t.equal(part('a'), 'a:\n  b: 1')
  t.equal(part('c'), 'c:')
  t.equal(part('d'), 'd: [1, 2]')
  t.equal(memberOf(map, 'e'), undefined)
  t.equal(memberOf(parseDocument('[x]: 1\n').contents as unknown as Map, 'x'), undefined, 'a key that is no word')
  const keyless = parseDocument('{a}').contents as unknown as Map
  t.equal(endOf(keyless.items[0]!), 2)
})

t.test('finds the line of the dash', async t => {
  const source = '-\n  a: 1\n- b\n'
  const list = parseDocument(source).contents as unknown as List
  t.ok(isSeq(list))
  t.equal(lineOfItem(source, startOf(list.items[0] as Node), 0), 0)
  t.equal(lineOfItem(source, startOf(list.items[1] as Node), 0), 9)
  t.equal(lineOfItem(text, 1, 5), 0, 'there is none above the first line')
})
