import t from 'tap'
import { withTracesEndpoint } from '../../src/webhook/otel-variables.ts'

const traces = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'
const all = 'OTEL_EXPORTER_OTLP_ENDPOINT'
const endpoint = (env: Readonly<Record<string, string>>) => withTracesEndpoint(env)[traces]

t.test('spans go where their own variable says, else below the endpoint of everything', async t => {
  t.equal(endpoint({ HOME: '/' }), undefined)
  t.equal(endpoint({ [traces]: 'http://a:1/x', [all]: 'http://b' }), 'http://a:1/x')
  for (const base of ['http://b:4318', 'http://b:4318/']) t.equal(endpoint({ [all]: base }), 'http://b:4318/v1/traces')
  t.equal(endpoint({ [traces]: '', [all]: 'http://b/c' }), 'http://b/c/v1/traces')
  t.equal(endpoint({ [all]: '' }), undefined)
})

t.test('who switches OpenTelemetry off, or has no traces, gets no spans', async t => {
  for (const off of [{ OTEL_SDK_DISABLED: 'TRUE' }, { OTEL_TRACES_EXPORTER: 'none' }])
    t.equal(endpoint({ [all]: 'http://b', [traces]: 'http://a', ...off }), undefined)
  t.equal(endpoint({ [traces]: 'http://a', OTEL_SDK_DISABLED: 'false', OTEL_TRACES_EXPORTER: 'otlp' }), 'http://a')
})
