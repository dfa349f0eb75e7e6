import t from 'tap'
import { accept } from '../../src/agent/accept.ts'
import { withQuestions } from '../../src/agent/questions.ts'
import { wantedOf } from '../../src/agent/wanted.ts'
import type { Values } from '../../src/agent/values.ts'
import { configOf, entry, file, idOf, templates } from '../fixtures/agent.ts'
import { app, asked } from '../fixtures/rendered.ts'

t.test('one value that cannot be carried does not hold back the others', async t => {
  const config = configOf({
    files: [file('a', entry('secret/app', { A: 'A' })), file('b', entry('secret/b', { B: 'B' }))],
  })
  const b = idOf('secret/b')
  const old: Values = new Map([
    [app, { data: { A: 'old' } }],
    [b, { data: { B: 'old' } }],
  ])
  const changes: Values = new Map([
    [app, { data: { A: "s3cret'" } }],
    [b, { data: { B: 'new' } }],
  ])
  const accepted = accept(config, wantedOf(config, []), old, changes)
  t.strictSame(
    accepted.values,
    new Map([
      [app, { data: { A: 'old' } }],
      [b, { data: { B: 'new' } }],
    ]),
  )
  t.strictSame([...accepted.problems.keys()], [app])
  t.match(accepted.problems.get(app), { message: /^the variable A has a single quote/ })
})

t.test('a change is tried on the templates that ask for it, and taken back where it breaks one', async t => {
  const text =
    '{{ with secret "kv/a" }}{{ if eq .Data.v "bad" }}{{ base64Decode "!" }}{{ end }}{{ with secret .Data.v }}{{ end }}{{ end }}'
  const config = configOf({ files: [file('web', await templates({ f: text }))] })
  const first = new Map([[asked('kv/a'), { data: { v: 'kv/b' } }]])
  const wanted = withQuestions(config, wantedOf(config, []), first)
  const change = (v: string) => accept(config, wanted, first, new Map([[asked('kv/a'), { data: { v } }]]))
  t.equal(change('kv/c').problems.size, 0, 'that it asks for more is no problem')
  t.match(change('bad').problems.get(asked('kv/a')), { message: /^the template of the file f, line 1/ })
  t.strictSame(change('bad').values, first)
  t.equal(accept(config, wanted, new Map(), new Map([[asked('kv/a'), { data: { v: 'bad' } }]])).values.size, 0)
})
