import t from 'tap'
import { makeOutput, withQuestions } from '../../src/agent/questions.ts'
import { requestFor } from '../../src/agent/requests.ts'
import { withTemplates } from '../../src/agent/templates.ts'
import { askersOf, isOptional, keysOf, wantedOf } from '../../src/agent/wanted.ts'
import type { Entry, OutputFile } from '../../src/contract.ts'
import { configOf, entry, file, idOf, templates } from '../fixtures/agent.ts'

const read = (path: string) => requestFor({ method: 'read', path, params: {} }).id
const of = (...entries: readonly Entry[]) => {
  const config = configOf({ files: [file('web', ...entries)] })
  return { config, wanted: wantedOf(config, []) }
}

t.test('where there is no template, nothing is asked', async t => {
  const { config, wanted } = of(entry('a/b', { A: 'x' }))
  t.equal(withQuestions(config, wanted, new Map()), wanted)
})

t.test('questions come and go with the answers; what is declared stays', async t => {
  const { config, wanted } = of(
    entry('a/b', { A: 'x' }),
    await templates({ f: '{{ with secret "a/b" }}{{ with secret .Data.next }}{{ end }}{{ end }}' }),
  )
  const asking = (next?: string) =>
    withQuestions(config, wanted, new Map(next === undefined ? [] : [[idOf('a/b'), { data: { next } }]]))
  const ids = (given: ReturnType<typeof asking>) => [...given.requests.keys()]
  t.strictSame(ids(asking()), [idOf('a/b')])
  const one = asking('one')
  t.strictSame(ids(one), [idOf('a/b'), read('one')])
  t.strictSame(ids(withQuestions(config, one, new Map([[idOf('a/b'), { data: { next: 'two' } }]]))), [
    idOf('a/b'),
    read('two'),
  ])
  const [asker, maker] = askersOf(one, idOf('a/b'))
  t.match([asker?.env, maker?.maker?.files[0]?.name], [[{ name: 'A' }], 'f'])
  t.equal(keysOf(askersOf(one, read('one'))), null)
  t.equal(isOptional(askersOf(one, read('one'))), false)
})

t.test('a list may be empty', async t => {
  const { config, wanted } = of(await templates({ f: '{{ range secrets "kv/x" }}{{ end }}' }))
  const asked = withQuestions(config, wanted, new Map())
  t.ok(isOptional(askersOf(asked, requestFor({ method: 'list', path: 'kv/x', params: {} }).id)))
})

t.test('before its own secret is there, or without it, a template asks nothing', async t => {
  const output: OutputFile = {
    name: 'f',
    format: 'template',
    template: '{{ with secret .path }}{{ .Data.v }}{{ end }}',
  }
  const entries = async (more: Partial<Entry>) => withTemplates([entry('a/b', {}, { files: [output], ...more })], 'x')
  const asked = async (more: Partial<Entry>, value?: { readonly data: Record<string, unknown> } | null) => {
    const { config, wanted } = of(...(await entries(more)))
    const given = withQuestions(config, wanted, new Map(value === undefined ? [] : [[idOf('a/b'), value]]))
    return [...given.requests.values()].map(({ path }) => path)
  }
  t.strictSame(await asked({}), ['a/b'])
  t.strictSame(await asked({ optional: true }, null), ['a/b'])
  t.strictSame(await asked({}, { data: { path: 'c/d' } }), ['a/b', 'c/d'])
  t.strictSame(await asked({ default: { path: 'e/f' } }), ['a/b'])
  t.strictSame(await asked({ default: { path: 'e/f' } }, null), ['a/b', 'e/f'])
})

t.test('an answer is what Vault said, whole', async t => {
  const text = '{{ with secret "kv/a" }}{{ .LeaseDuration }} {{ .Data }}{{ end }}{{ range secrets "kv/b" }}x{{ end }}'
  const { config, wanted } = of(await templates({ f: text }))
  const maker = wanted.files[0]?.entries[0] ?? { ...entry('x'), file: 'x' }
  const [output = { name: 'x', format: 'template' as const }] = maker.files
  const list = requestFor({ method: 'list', path: 'kv/b', params: {} }).id
  const value = { data: { x: 1 }, envelope: { metadata: { version: 2 } }, rest: { lease_duration: 60 } }
  const make = (place?: { env: Record<string, string>; user: string; group: string }) =>
    makeOutput(
      { ...config, ...(place && { place }) },
      { now: 0 },
      { entry: maker, output },
      new Map([
        [read('kv/a'), value],
        [list, null],
      ]),
    )
  t.match(make(), { kind: 'made', contents: Buffer.from('60 map[data:map[x:1] metadata:map[version:2]]') })
  t.match(make({ env: {}, user: '1', group: '1' }), { kind: 'made' })
})

t.test('more questions than anybody has are refused', async t => {
  const { config, wanted } = of(await templates({ f: '{{ range loop 1001 }}{{ secret (printf "kv/%d" .) }}{{ end }}' }))
  t.throws(() => withQuestions(config, wanted, new Map()), { message: 'the templates ask for more than 1000 secrets' })
})
