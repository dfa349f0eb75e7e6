import t from 'tap'
import { functions } from '../../src/template/functions.ts'
import { reasonOf, refused } from '../../src/template/refused.ts'

t.test('what is refused has a reason and is nowhere else', async t => {
  for (const name of Object.keys(refused)) {
    t.match(reasonOf(name), /\w/, name)
    t.notOk(Object.hasOwn(functions, name), name)
  }
  t.equal(reasonOf('secret'), undefined)
  t.equal(reasonOf('constructor'), undefined)
})
