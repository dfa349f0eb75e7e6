import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { webhookHosts } from '../src/webhook/make-certificates.ts'
import { createMetrics } from '../src/webhook/metrics.ts'
import { serverSettings, type Setting } from '../src/webhook/server-settings.ts'
import { gauges } from './fixtures/gauges.ts'

const page = readFileSync('docs/certificates.md', 'utf8')
const settings: Readonly<Record<string, Setting<unknown>>> = serverSettings
/** Of the API server and of curl and friends. */
const others = ['admission-control-config-file', 'type', 'tail', 'since-time']

t.test('every flag of the page is one, and has the default that the page says', async t => {
  const flags = [...page.matchAll(/--([a-z][a-z-]+)/g)]
    .map(([, name]) => String(name))
    .filter(name => !others.includes(name))
  t.ok(flags.length > 10)
  t.same(
    flags.filter(name => !Object.hasOwn(settings, name)),
    [],
  )
  for (const [, name = '', value] of page.matchAll(/^\| `--([a-z-]+)` \| `([^`]+)` \|/gm))
    t.equal(settings[name]?.default, value, name)
})

t.test('every metric of the page is one', async t => {
  const text = await createMetrics(gauges).registry.metrics()
  for (const [name] of page.matchAll(/podvault_[a-z_]+/g)) t.match(text, `# TYPE ${name} `)
})

t.test('every manifest of the page is YAML, and the certificate is for the name that the API server calls', async t => {
  const blocks = [...page.matchAll(/^```yaml\n([^]*?)^```$/gm)].flatMap(([, text]) => parseAllDocuments(text ?? ''))
  for (const { errors } of blocks) t.same(errors, [])
  const objects = blocks.map(block => block.toJS())
  const certificate = objects.find(({ spec }) => spec?.dnsNames !== undefined)
  for (const name of certificate.spec.dnsNames) t.ok(webhookHosts('podvault', []).includes(name))
})
