import t from 'tap'
import { commands } from '../src/commands.ts'

t.test('every command of the table can be loaded, and says what it is for in a line', async t => {
  for (const [name, { doc, load }] of Object.entries(commands)) {
    t.match(doc, /^[a-z].{10,70}[^.]$/, name)
    t.type(await load(), 'function', name)
  }
})
