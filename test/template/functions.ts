import { readFileSync } from 'node:fs'
import t from 'tap'
import { functions } from '../../src/template/functions.ts'
import { refused } from '../../src/template/refused.ts'

const language = [
  'and',
  'call',
  'eq',
  'ge',
  'gt',
  'html',
  'index',
  'js',
  'le',
  'len',
  'lt',
  'ne',
  'not',
  'or',
  'print',
  'printf',
  'println',
  'slice',
  'urlquery',
]

t.test('every function of consul-template is there or refused by name, and no other', async t => {
  const all = JSON.parse(readFileSync('test/template/goldens/names.json', 'utf8')) as readonly string[]
  t.strictSame([...Object.keys(functions), ...Object.keys(refused)].toSorted(), [...all, ...language].toSorted())
})
