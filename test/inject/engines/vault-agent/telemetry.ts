import t from 'tap'
import { telemetryOf } from '../../../../src/inject/engines/vault-agent/telemetry.ts'

const telemetry = (texts: Readonly<Record<string, string>>) => telemetryOf(new Map(Object.entries(texts)))

t.test('without annotations there is no stanza', async t => {
  t.strictSame(telemetry({}), { stanza: undefined, warnings: [] })
})

t.test('values are JSON where they are JSON, else text', async t => {
  t.strictSame(
    telemetry({
      'statsd-address': 'x:1',
      'disable-hostname': 'true',
      'prefix-filter': '["+a"]',
      'num-lease-metrics-buckets': '7',
      'Usage-Gauge-Period': '10m',
    }),
    {
      stanza: {
        statsd_address: 'x:1',
        disable_hostname: true,
        prefix_filter: ['+a'],
        num_lease_metrics_buckets: 7,
        usage_gauge_period: '10m',
      },
      warnings: [],
    },
  )
})

t.test('what Go leaves out is left out', async t => {
  const empty = {
    'statsd-address': '""',
    'disable-hostname': 'false',
    'prefix-filter': '[]',
    'num-lease-metrics-buckets': '0',
    'circonus-api-url': 'null',
  }
  t.strictSame(telemetry(empty), { stanza: {}, warnings: [] })
})

t.test('a bad value costs itself alone, and that is said', async t => {
  const given = {
    'statsd-address': '5',
    'disable-hostname': 'yes',
    'statsite-address': 'x',
    'num-lease-metrics-buckets': '1.5',
    'dogstatsd-tags': '[1]',
    nonsense: 'x',
    __proto__x: 'y',
    constructor: 'z',
  }
  t.strictSame(telemetry(given), {
    stanza: { statsite_address: 'x' },
    warnings: [
      'vault.hashicorp.com/agent-telemetry-statsd-address is left out: its value is of the wrong kind',
      'vault.hashicorp.com/agent-telemetry-disable-hostname is left out: its value is of the wrong kind',
      'vault.hashicorp.com/agent-telemetry-num-lease-metrics-buckets is left out: its value is of the wrong kind',
      'vault.hashicorp.com/agent-telemetry-dogstatsd-tags is left out: its value is of the wrong kind',
      'vault.hashicorp.com/agent-telemetry-nonsense has no effect: telemetry has no such parameter',
      'vault.hashicorp.com/agent-telemetry-__proto__x has no effect: telemetry has no such parameter',
      'vault.hashicorp.com/agent-telemetry-constructor has no effect: telemetry has no such parameter',
    ],
  })
})
