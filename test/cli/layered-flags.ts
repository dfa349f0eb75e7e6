import { Command } from 'commander'
import t from 'tap'
import { levelsOf, readLevel, readLevels, withFlags } from '../../src/cli/layered-flags.ts'
import { flag, text } from '../../src/inject/kinds.ts'

const digits = { allowed: 'digits', read: (given: string) => (/^\d+$/.test(given) ? Number(given) : undefined) }
const table = {
  'how-many': { ...digits, argument: 'number', aliases: ['count'], env: ['HOW_MANY', 'COUNT'], doc: 'how many' },
  fast: { ...flag, env: ['FAST'], doc: 'be fast' },
  pin: { ...digits, argument: 'pin', env: ['PIN'], secret: true, doc: 'a secret' },
  name: { ...text, argument: 'name', env: ['NAME'], doc: 'a name' },
} as const

const levels = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  levelsOf(withFlags(new Command(), table).parse(args, { from: 'user' }), env, table)

t.test('flags beat variables, each for itself', async t => {
  t.strictSame(readLevels(table, levels(['--how-many', '1', '--no-fast'], { COUNT: '2', NAME: 'n' })), {
    'how-many': 1,
    fast: false,
    name: 'n',
  })
  t.strictSame(readLevels(table, levels(['--fast'], { FAST: 'false' })), { fast: true })
  t.strictSame(readLevels(table, levels(['--count', '3'])), { 'how-many': 3 })
  t.strictSame(readLevels(table, levels([])), {})
})

t.test('the first variable that is set gives the value; an empty one is none', async t => {
  t.strictSame(readLevels(table, levels([], { HOW_MANY: '1', COUNT: '2' })), { 'how-many': 1 })
  t.strictSame(readLevels(table, levels([], { HOW_MANY: '', COUNT: '2', NAME: '' })), { 'how-many': 2 })
})

t.test('everything that is wrong is said at once, and never the value of a secret one', async t => {
  const [flags = {}, variables = {}] = levels(['--count', 'x'], { FAST: 'yes', PIN: 's3cret' })
  t.throws(() => readLevel(table, flags), { code: 'usage', message: '--count is "x": it must be digits' })
  t.throws(() => readLevel(table, variables), {
    message: 'FAST is "yes": it must be "true" or "false"; PIN must be digits',
  })
  t.strictSame(readLevel(table, { other: { text: 'x', from: 'OTHER' } }), {}, 'what the table lacks is not ours')
})

t.test('help names the variables, but not the other names', async t => {
  const help = withFlags(new Command(), table).helpInformation()
  t.match(help, /--how-many <number> +how many \(env HOW_MANY, COUNT\)/)
  t.match(help, /--no-fast/)
  t.notMatch(help, '--count')
})
