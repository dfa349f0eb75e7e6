import t from 'tap'
import { environmentOf, variablesOf } from '../../src/cli/environment.ts'
import { wantedOf } from '../../src/agent/wanted.ts'
import { parseJson } from '../../src/vault/json.ts'
import { configOf, entry, file, idOf } from '../fixtures/agent.ts'

const usual = { inherit: true, blacklist: [], duplicates: 'error' } as const
const secret = (name: string, value: string, from = 'the secrets file a') => ({ name, value, from })

t.test('what is inherited, what the secrets say, and the token of a login', async t => {
  const env = { PATH: '/bin', UNSET: undefined, VAULT_TOKEN: 'old' }
  t.strictSame(environmentOf(env, [secret('A', 'a')], undefined, usual), { VAULT_TOKEN: 'old', PATH: '/bin', A: 'a' })
  t.strictSame(environmentOf(env, [secret('A', 'a')], 'new', usual), { PATH: '/bin', A: 'a', VAULT_TOKEN: 'new' })
  t.strictSame(environmentOf(env, [secret('A', 'a')], 'new', { ...usual, inherit: false }), {
    A: 'a',
    VAULT_TOKEN: 'new',
  })
})

t.test('everything that is given twice is an error, with its places', async t => {
  const secrets = [
    secret('A', 's3cret'),
    secret('B', 's3cret'),
    secret('A', 's3cret', 'the secrets file b'),
    secret('VAULT_TOKEN', 'x'),
  ]
  t.throws(() => environmentOf({ B: 'b' }, secrets, 'hvs.x', usual), {
    code: 'usage',
    message:
      'the variable VAULT_TOKEN is given by the login and by the secrets file a; the variable A is given by the secrets file a and by the secrets file b; the variable B is given by the secrets file a and by the environment',
    hint: /--inherit-env-blacklist.*--duplicate-variable-behavior/,
  })
})

t.test('keep: the environment, then the last; overwrite: the secret, then the first', async t => {
  const secrets = [secret('A', '1'), secret('A', '2'), secret('B', '3')]
  const env = { B: 'old' }
  t.strictSame(environmentOf(env, secrets, undefined, { ...usual, duplicates: 'keep' }), { A: '2', B: 'old' })
  t.strictSame(environmentOf(env, secrets, undefined, { ...usual, duplicates: 'overwrite' }), { A: '1', B: '3' })
})

t.test('the blacklist keeps out what is inherited, never a secret', async t => {
  const wish = { ...usual, blacklist: ['A', 'B'] }
  t.strictSame(environmentOf({ A: 'old', B: 'b', C: 'c' }, [secret('A', 'new')], undefined, wish), { C: 'c', A: 'new' })
})

t.test('what no environment can carry is refused by name, all of it at once', async t => {
  const secrets = [
    secret('N', 's3cret\0'),
    secret('U', 's3cret\uD800'),
    secret('L', 's'.repeat(131_070)),
    secret('M', 's'.repeat(131_069)),
  ]
  t.throws(() => environmentOf({}, secrets, undefined, usual), {
    message:
      /^the variable N has a NUL byte in it, which no environment can carry; the variable U is not valid Unicode; the variable L has more than the 128 KiB that Linux hands over$/,
    hint: 'let podvault render write it to a file',
  })
})

t.test(
  'variables are those of the secrets files, in order; what is no text is JSON, what is optional may be missing',
  async t => {
    const config = configOf({
      files: [
        file('a', entry('secret/app', { A: 'a', N: 'n' }), entry('secret/gone', { G: 'g' }, { optional: true })),
        file('b', entry('secret/gone', { D: 'd' }, { default: { d: 'given' } })),
      ],
    })
    const data = parseJson('{"a":"x","n":1.10}') as Readonly<Record<string, unknown>>
    const values = new Map([
      [idOf('secret/app'), { data }],
      [idOf('secret/gone'), null],
    ])
    t.strictSame(variablesOf(wantedOf(config, []), values), [
      secret('A', 'x'),
      secret('N', '1.10'),
      secret('D', 'given', 'the secrets file b'),
    ])
  },
)
