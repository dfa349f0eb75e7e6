import t from 'tap'
import {
  askersOf,
  hasVariables,
  hookOf,
  isOptional,
  keysOf,
  requiredKeys,
  tokenFileOf,
  wantedOf,
} from '../../src/agent/wanted.ts'
import type { AgentConfig, OutputFile } from '../../src/contract.ts'
import { configOf, entry, file, idOf, templates } from '../fixtures/agent.ts'

const config = (change: Partial<AgentConfig> = {}) =>
  configOf({ files: [file('web', entry('a/b', { A: 'x' }))], ...change })
const mounted = (name: string, ...entries: Parameters<typeof file>[1][]) => ({
  ...file(name, ...entries),
  source: `ConfigMap cm, key ${name}`,
})
const output = (name: string, more: Partial<OutputFile> = {}): OutputFile => ({ name, format: 'json', ...more })

t.test('everything wanted comes together, each request once', async t => {
  const wanted = wantedOf(config({ mounted: [{ configMap: 'cm', folder: '/m', variables: ['B'] }] }), [
    mounted('more', entry('//a/b/', { B: 'y' }), entry('c', { C: 'z' })),
  ])
  t.strictSame([...wanted.requests.keys()], [idOf('a/b'), idOf('c')])
  t.strictSame(
    wanted.files.map(({ name }) => name),
    ['web', 'more'],
  )
  t.strictSame([...wanted.referred], ['A', 'B'])
  t.equal(wantedOf(config({ env: 'file' }), []).referred.size, 0)
  t.strictSame(
    askersOf(wanted, idOf('a/b')).map(({ env }) => env[0]?.name),
    ['A', 'B'],
  )
  t.strictSame(askersOf(wanted, idOf('nobody')), [])
})

t.test('what is needed of a secret is what somebody asks for', async t => {
  const raw = (key?: string) =>
    entry('a', {}, { files: [output('f', { format: 'raw', ...(key !== undefined && { key }) })] })
  t.strictSame(keysOf([entry('a', { A: 'x', B: 'y' }), raw('z')]), new Set(['x', 'y', 'z']))
  t.equal(keysOf([raw()]), null)
  t.equal(keysOf([entry('a', { A: 'x' }, { files: [output('f')] })]), null)
  t.strictSame(
    requiredKeys(entry('a', { A: 'x', B: 'y' }, { default: { y: 1 }, files: [output('f', { format: 'aws' })] })),
    ['x', 'access_key', 'secret_key'],
  )
  t.strictSame(requiredKeys(entry('a', { A: 'x' }, { optional: true })), [])
})

t.test('a secret is optional when everyone can do without', async t => {
  t.ok(isOptional([entry('a', {}, { optional: true }), entry('a', {}, { default: {} })]))
  t.notOk(isOptional([entry('a', {}, { optional: true }), entry('a')]))
})

t.test("an entry's own hook comes before the pod's", async t => {
  const restart = { kind: 'restart' } as const
  const signal = { kind: 'signal', signal: 'SIGHUP' } as const
  t.equal(hookOf(entry('a'), config()), undefined)
  t.equal(hookOf(entry('a'), config({ onChange: restart })), restart)
  t.equal(hookOf(entry('a', {}, { onChange: signal }), config({ onChange: restart })), signal)
})

t.test('two variables of one name are refused, naming both, unless one is chosen', async t => {
  const twice = [mounted('other', entry('c', { A: 'z' }))]
  t.throws(() => wantedOf(config(), twice), {
    code: 'usage',
    message: 'the variable A is given twice, by the inline secrets file and by ConfigMap cm, key other',
    hint: 'give one of them another name',
  })
  for (const duplicates of ['keep', 'overwrite'] as const) t.ok(wantedOf(config({ duplicates }), twice))
})

t.test('two files of one name in one folder are refused', async t => {
  const same = [mounted('web', entry('c', { C: 'z' }))]
  t.throws(() => wantedOf(config(), same), {
    message: 'the file web.json is given twice, by the inline secrets file and by ConfigMap cm, key web',
  })
  t.ok(wantedOf(config({ duplicates: 'keep' }), same))
  t.ok(wantedOf(config(), [mounted('web', entry('c'))]), 'without variables there is no web.json')
  const outputs =
    (...files: readonly OutputFile[]) =>
    () =>
      wantedOf(config({ files: [file('w', entry('a', {}, { files }))] }), [])
  t.throws(outputs(output('tls', { format: 'cert' }), output('tls.key')), {
    message: /^the file tls\.key is given twice/,
  })
  t.ok(outputs(output('f'), output('f', { folder: '/other' }))())
  t.throws(outputs(output('tls'), output('tls/server')), {
    message: 'the file tls/server of the inline secrets file lies below the file tls of the inline secrets file',
    hint: 'a name is a file or a folder; give one of them another name',
  })
})

t.test('what is ours is never given up for a duplicate', async t => {
  for (const duplicates of ['keep', 'overwrite'] as const) {
    const env = file('w', entry('a', {}, { files: [output('env')] }))
    t.throws(() => wantedOf(config({ duplicates, files: [env] }), []), {
      message: /^the file env is given twice, by podvault itself and by/,
    })
    const token = file('w', entry('a', { VAULT_TOKEN: 'x' }, { files: [output('token')] }))
    t.throws(() => wantedOf(config({ duplicates, files: [token], token: 'file' }), []), {
      message: /^the file token is given twice/,
    })
    t.ok(wantedOf(config({ duplicates, files: [token], token: 'env' }), []), 'a variable may be chosen')
    t.ok(wantedOf(config({ duplicates, files: [token] }), []))
  }
})

t.test("a variable of the token's name is a duplicate like any other", async t => {
  const files = [file('w', entry('a', { VAULT_TOKEN: 'x' }))]
  t.throws(() => wantedOf(config({ files, token: 'env' }), []), {
    message: "the variable VAULT_TOKEN is given twice, by the inline secrets file and by the pod's own token",
  })
})

t.test('the token of kubernetes-vault has a folder of its own, where there is one', async t => {
  const folders = { secrets: '/s', state: '/t' }
  t.strictSame(tokenFileOf(config({ token: 'file', folders })), { folder: '/s', name: 'token' })
  t.strictSame(tokenFileOf(config({ token: 'json', folders })), { folder: '/s', name: 'vault-token' })
  t.strictSame(tokenFileOf(config({ token: 'json', folders: { ...folders, token: '/k' } })), {
    folder: '/k',
    name: 'vault-token',
  })
  t.ok(hasVariables(file('w', entry('a', { A: 'x' }), entry('b'))))
  t.notOk(hasVariables(file('w', entry('a'))))
})

t.test('beside templates every secret is kept whole, and an entry may have no secret of its own', async t => {
  const asking = await templates({ f: '{{ secret "a/b" }}' })
  const wanted = wantedOf(config({ files: [file('web', entry('a/b', { A: 'x' }), asking)] }), [])
  t.equal(keysOf(askersOf(wanted, idOf('a/b'))), null)
  t.strictSame([...wanted.requests.keys()], [idOf('a/b')])
  t.match(wanted.files[0]?.entries[1], { whole: true })
  t.equal(wanted.files[0]?.entries[1]?.request, undefined)
})

t.test('the same claim twice is refused, beside templates too', async t => {
  const again = await templates({ f: 'x', g: 'y' })
  t.throws(() => wantedOf(config({ files: [file('web', again, again)] }), []), { message: /the file f is given twice/ })
})

t.test('the leases have a variable, and the file a name, that nobody else may take', async t => {
  const of = (change: Partial<AgentConfig>) => () => wantedOf(config({ env: 'variables', ...change }), [])
  const taken = [file('web', entry('a/b', { LEASE_IDS: 'x' }))]
  for (const duplicates of [undefined, 'keep'] as const)
    t.throws(of({ files: taken, ...(duplicates && { duplicates }) }), {
      message: 'the variable LEASE_IDS is given twice, by podvault itself and by the inline secrets file',
    })
  const named = (name: string) => of({ files: [file('web', entry('a/b', {}, { files: [{ name, format: 'json' }] }))] })
  t.throws(named('variables'), { message: /the file variables is given twice, by podvault itself/ })
  t.doesNotThrow(named('env'))
})
