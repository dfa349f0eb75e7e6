// Every alert, put to Prometheus's own test of rules: it fires when it should, and is silent otherwise. No cluster is asked.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import t from 'tap'
import { type Alert, alertsOf, ruleGroups } from './rules.ts'

/** Series as promtool writes them: 0+1x60 begins at 0 and grows by 1 a minute, 60 times. */
type Series = Readonly<Record<string, string>>

type Case = {
  readonly fires: readonly Series[]
  readonly silent: readonly Series[]
  /** Of the alert that fires, beside those of the rule. */
  readonly labels?: Readonly<Record<string, string>>
  /** Minutes after which it is looked at. */
  readonly after?: number
}

const rejections = (type: string): string =>
  `apiserver_admission_webhook_rejection_count{name="pods.podvault.dev",type="admit",error_type="${type}"}`
const failOpen = (name: string): string => `apiserver_admission_webhook_fail_open_count{name="${name}",type="admit"}`
const reviews = (decision: string, reason: string): string =>
  `podvault_reviews_total{decision="${decision}",reason="${reason}"}`
const at = (metric: string, instance: string): string => `${metric}{instance="${instance}"}`
const bucket = (le: string): string => `podvault_review_duration_seconds_bucket{le="${le}"}`
const app = { namespace: 'shop', pod: 'web-0' }
const of = (metric: string, labels: Readonly<Record<string, string>> = {}): string =>
  `${metric}{${Object.entries({ ...app, ...labels })
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}}`
const requests = (result: string): string => of('podvault_agent_vault_requests_total', { result })
/** Seconds since the beginning, which is 1970 to promtool. */
const hour = 3600
const day = 24 * hour

const cases: Readonly<Record<string, Case>> = {
  PodvaultUnreachable: {
    fires: [{ [rejections('calling_webhook_error')]: '0+3x30' }],
    silent: [{ [rejections('webhook_error')]: '0+3x30' }, { [rejections('calling_webhook_error')]: '7x30' }],
  },
  PodvaultFailedOpen: {
    fires: [{ [failOpen('pods.podvault.dev')]: '0+1x30' }],
    silent: [{ [failOpen('configmaps.podvault.dev')]: '0+1x30' }],
  },
  PodvaultAbsent: {
    fires: [{ 'up{job="other"}': '1x30' }],
    silent: [{ podvault_requests_in_flight: '0x30' }],
  },
  PodvaultReplicasMissing: {
    fires: [
      { [at('podvault_ready', 'a')]: '1x60', [at('podvault_ready', 'b')]: '0x60' },
      { 'up{job="other"}': '1x60' },
    ],
    silent: [
      { [at('podvault_ready', 'a')]: '1x60', [at('podvault_ready', 'b')]: '1x60' },
      { [at('podvault_ready', 'a')]: '1x60', [at('podvault_ready', 'b')]: '1x20 0x5 1x35' },
    ],
    after: 30,
  },
  PodvaultCertificateEnds: {
    fires: [
      {
        [at('podvault_certificate_expiry_timestamp_seconds', 'a')]: `${5 * hour}x30`,
        [at('podvault_certificate_expiry_timestamp_seconds', 'b')]: `${7 * day}x30`,
      },
    ],
    silent: [{ podvault_certificate_expiry_timestamp_seconds: `${7 * hour}x30` }],
  },
  PodvaultCertificateUntrusted: {
    fires: [{ [at('podvault_certificate_trusted', 'a')]: '1x30', [at('podvault_certificate_trusted', 'b')]: '0x30' }],
    silent: [{ podvault_certificate_trusted: '1x30' }],
  },
  PodvaultAuthorityEnds: {
    fires: [
      { podvault_ca_expiry_timestamp_seconds: `${13 * day}x120` },
      { podvault_ca_expiry_timestamp_seconds: '0x120' },
    ],
    silent: [{ podvault_ca_expiry_timestamp_seconds: `${15 * day}x120` }],
    after: 90,
  },
  PodvaultLeaderless: {
    fires: [
      { [at('podvault_leader', 'a')]: '0x30', [at('podvault_leader', 'b')]: '0x30' },
      { [at('podvault_leader', 'a')]: '1x30', [at('podvault_leader', 'b')]: '1x30' },
      {
        [at('podvault_leader', 'a')]: '1x30',
        [at('podvault_leader_known', 'a')]: '1x30',
        [at('podvault_leader_known', 'b')]: '0x30',
      },
    ],
    silent: [
      {
        [at('podvault_leader', 'a')]: '1x10 0x20',
        [at('podvault_leader', 'b')]: '0x10 1x20',
        podvault_leader_known: '1x30',
      },
    ],
  },
  PodvaultOverloaded: {
    fires: [{ podvault_requests_shed_total: '0+5x30' }],
    silent: [{ podvault_requests_shed_total: '0x5 50x25' }, { podvault_requests_shed_total: '0x30' }],
  },
  PodvaultSlow: {
    fires: [{ [bucket('0.1')]: '0+97x30', [bucket('0.25')]: '0+100x30', [bucket('+Inf')]: '0+100x30' }],
    silent: [{ [bucket('0.1')]: '0+1000x30', [bucket('0.25')]: '0+1001x30', [bucket('+Inf')]: '0+1001x30' }],
  },
  PodvaultInternalError: {
    fires: [{ [reviews('reject', 'internal-error')]: '0x9 1x60' }],
    silent: [{ [reviews('reject', 'internal-error')]: '3x90' }, { [reviews('reject', 'bad-value')]: '0+1x90' }],
  },
  PodvaultRefusesPods: {
    fires: [{ [reviews('reject', 'bad-value')]: '0+1x30' }],
    silent: [
      { [reviews('reject', 'bad-value')]: '0x10 3x20' },
      { [reviews('skip', 'not-requested')]: '0+9x30' },
      { [reviews('reject', 'internal-error')]: '0+9x30' },
    ],
    labels: { reason: 'bad-value' },
  },
  PodvaultConfigUnusable: {
    fires: [
      {
        [at('podvault_config_last_reload_successful', 'a')]: '1x30',
        [at('podvault_config_last_reload_successful', 'b')]: '0x30',
      },
    ],
    silent: [{ podvault_config_last_reload_successful: '0x9 1x21' }],
  },
  PodvaultWatchDown: {
    fires: [
      { podvault_configmap_watch_up: '0x60', podvault_configmap_watch_last_event_timestamp_seconds: '0+60x60' },
      { podvault_configmap_watch_up: '1x60', podvault_configmap_watch_last_event_timestamp_seconds: '60x60' },
    ],
    silent: [{ podvault_configmap_watch_up: '1x60', podvault_configmap_watch_last_event_timestamp_seconds: '0+60x60' }],
    after: 40,
  },
  PodvaultConfigMapsLeftOut: {
    fires: [{ podvault_configmaps_left_out_total: '0x5 1x25' }],
    silent: [{ podvault_configmaps_left_out_total: '1x30' }],
  },
  PodvaultEventsFail: {
    fires: [{ 'podvault_events_total{result="failed"}': '0+1x90' }],
    silent: [
      { 'podvault_events_total{result="dropped"}': '0+1x90' },
      { 'podvault_events_total{result="failed"}': '1x90' },
    ],
    after: 60,
  },
  PodvaultSecretEnded: {
    fires: [{ [of('podvault_agent_ready')]: '1x5 0x30' }],
    silent: [{ [of('podvault_agent_ready')]: '0x5 1x30' }],
    labels: app,
  },
  PodvaultSecretFailing: {
    fires: [{ [of('podvault_agent_secret_failures', { path: 'secret/db' })]: '0+1x30' }],
    silent: [{ [of('podvault_agent_secret_failures', { path: 'secret/db' })]: '0 1 2 3 4 5 0x30' }],
    labels: { ...app, path: 'secret/db' },
  },
  PodvaultLeaseEnding: {
    fires: [
      {
        [of('podvault_agent_lease_ttl_seconds', { path: 'database/creds/web' })]: '45x30',
        [of('podvault_agent_secret_failures', { path: 'database/creds/web' })]: '1x30',
      },
    ],
    silent: [
      {
        [of('podvault_agent_lease_ttl_seconds', { path: 'database/creds/web' })]: '45x30',
        [of('podvault_agent_secret_failures', { path: 'database/creds/web' })]: '0x30',
        [of('podvault_agent_secret_failures', { path: 'secret/db' })]: '2x30',
      },
    ],
    labels: { ...app, path: 'database/creds/web' },
  },
  PodvaultHookFailing: {
    fires: [{ [of('podvault_agent_failures_total', { reason: 'hook' })]: '0x10 1x20' }],
    silent: [{ [of('podvault_agent_failures_total', { reason: 'read' })]: '0+1x30' }],
    labels: { ...app, reason: 'hook' },
  },
  PodvaultSecretsFileUnusable: {
    fires: [{ [of('podvault_agent_failures_total', { reason: 'secrets-file' })]: '0x10 1x20' }],
    silent: [{ [of('podvault_agent_failures_total', { reason: 'secrets-file' })]: '1x30' }],
    labels: { ...app, reason: 'secrets-file' },
  },
  PodvaultVaultAway: {
    fires: [{ [requests('unreachable')]: '0+1x30', [requests('ok')]: '90x30' }],
    silent: [{ [requests('unreachable')]: '0+1x30', [requests('ok')]: '0+2x30' }],
  },
}

const alerts = alertsOf(ruleGroups())

const filled = (text: string, labels: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, name: string) => String(labels[name]))

const testOf = (
  { alert, labels, annotations }: Alert,
  series: Series,
  { labels: own = {}, after = 20 }: Case,
  fires: boolean,
) => ({
  name: `${alert} ${fires ? 'fires' : 'is silent'}`,
  interval: '1m',
  input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
  alert_rule_test: [
    {
      eval_time: `${after}m`,
      alertname: alert,
      exp_alerts: fires
        ? [
            {
              exp_labels: { ...labels, ...own },
              exp_annotations: Object.fromEntries(
                Object.entries(annotations).map(([name, text]) => [name, filled(text, own)]),
              ),
            },
          ]
        : [],
    },
  ],
})

t.test('every alert has a case', async t => {
  t.same(
    alerts.map(({ alert }) => alert),
    Object.keys(cases),
  )
})

t.test('Prometheus takes the rules, and each fires when it should and not otherwise', async t => {
  const folder = t.testdir()
  const promtool = (...args: readonly string[]): string =>
    execFileSync('promtool', args, { cwd: folder, encoding: 'utf8' })
  writeFileSync(`${folder}/rules.yaml`, JSON.stringify(ruleGroups()))
  t.match(promtool('check', 'rules', '--lint-fatal', 'rules.yaml'), `SUCCESS: ${alerts.length} rules found`)
  const tests = alerts.flatMap(alert => {
    const known = cases[alert.alert]
    if (known === undefined) return []
    return [
      ...known.fires.map(series => testOf(alert, series, known, true)),
      ...known.silent.map(series => testOf(alert, series, known, false)),
    ]
  })
  t.ok(tests.length > 2 * alerts.length)
  writeFileSync(
    `${folder}/tests.yaml`,
    JSON.stringify({ rule_files: ['rules.yaml'], evaluation_interval: '1m', tests }),
  )
  t.match(promtool('test', 'rules', 'tests.yaml'), 'SUCCESS')
  const [first] = tests
  const broken = { ...first, input_series: [] }
  writeFileSync(`${folder}/broken.yaml`, JSON.stringify({ rule_files: ['rules.yaml'], tests: [broken] }))
  t.throws(() => promtool('test', 'rules', 'broken.yaml'), 'a test that fails is noticed')
})
