import t from 'tap'
import { parseTemplate } from '../../src/template/read.ts'
import { execute } from '../../src/template/template.ts'
import { matchesGo, sources } from '../fixtures/templates.ts'

t.test('language comes out as it does in Go', async t => {
  matchesGo(t, 'language')
})

t.test('json comes out as it does in Go', async t => {
  matchesGo(t, 'json')
})

t.test('an answer of any shape is a secret without surprises', async t => {
  const of = (template: string, answer: unknown): string => {
    const parsed = parseTemplate(template)
    const outcome = 'message' in parsed ? parsed : execute(parsed, { ...sources(), answer: () => answer })
    return 'contents' in outcome
      ? Buffer.from(outcome.contents).toString()
      : String('message' in outcome && outcome.message)
  }
  const wrap_info = { token: 't', ttl: 60, creation_time: '2026-01-01T00:00:00Z', wrapped_accessor: 'a' }
  t.equal(
    of('{{ with (secret "x").WrapInfo }}{{ .Token }} {{ .TTL }} {{ .CreationTime }} {{ .WrappedAccessor }}{{ end }}', {
      wrap_info,
    }),
    't 60 2026-01-01T00:00:00Z a',
  )
  t.equal(of('{{ with secret "x" }}{{ . }}{{ end }}', 'no object'), '{  0 false map[] [] <nil> <nil>}')
  t.equal(of('{{ (secret "x").LeaseDuration }}', { lease_duration: 1.5 }), '0')
  t.equal(of('{{ (secret "x").LeaseDuration }}', { lease_duration: '60' }), '0')
  t.equal(of('{{ (secret "x").Auth.Metadata }}{{ (secret "x").Auth.Policies }}', { auth: {} }), 'map[][]')
  t.equal(of('{{ secrets "x" }}', {}), '[]')
  t.equal(of('{{ secrets "x" }}', { data: { keys: ['b', 'a'] } }), '[a b]')
  t.equal(of('{{ secrets "x" }}', { data: { keys: [1] } }), 'secrets: this list has names that are no text')
  t.equal(of('{{ with pkiCert "x" }}{{ .Cert }}|{{ .CA }}|{{ .CAChain }}{{ end }}', { data: {} }), '||[]')
  t.equal(
    of('{{ with pkiCert "x" }}{{ .CA }}{{ len .CAChain }}{{ .CaChainContains "b\\n" }}{{ .Data.Cert }}{{ end }}', {
      data: { certificate: 'c\n\n', issuing_ca: 'z', ca_chain: ['a', 'b'] },
    }),
    'a\n2truec\n',
  )
})
