import t from 'tap'
import { functions } from '../../src/template/functions.ts'
import { functionNames } from '../../src/template/names.ts'

t.test('the names are those of the functions', async t => {
  t.strictSame([...functionNames], Object.keys(functions).toSorted())
})
