import t from 'tap'
import { chooseEngine } from '../../../src/inject/vault-k8s/engine.ts'
import { generous, messages, wishOf } from '../../fixtures/vault-k8s.ts'

const choose = (texts: Readonly<Record<string, string>>, engines = generous.allow.engines) =>
  chooseEngine(wishOf(texts, {}, { ...generous, allow: { ...generous.allow, engines } }))

t.test('an ordinary pod gets podvault, without a word', async t => {
  t.strictSame(choose({}), { engine: 'podvault', problems: [], warnings: [] })
  t.strictSame(choose({ 'podvault.dev/engine': 'auto', 'log-level': 'info' }), {
    engine: 'podvault',
    problems: [],
    warnings: [],
  })
})

t.test('what only Vault Agent can do brings Vault Agent, with a warning that says why', async t => {
  for (const [key, text] of [
    ['agent-configmap', 'x'],
    ['agent-cache-enable', 'true'],
    ['agent-enable-quit', 'true'],
    ['agent-telemetry-statsd-address', 'x'],
    ['agent-inject-command-db', 'x'],
    ['agent-inject-perms-db', '0200'],
    ['agent-inject-perms-db', '1777'],
    ['agent-inject-file-db', '..x'],
    ['auth-type', 'aws'],
    ['auth-config-type', 'iam'],
    ['auth-config-token-path', 'relative'],
    ['agent-image', 'example.com/vault:1'],
  ] as const) {
    const { engine, warnings, problems } = choose({ [key]: text })
    t.equal(engine, 'vault-agent', key)
    t.strictSame(warnings, [`engine vault-agent instead of podvault, needed by ${key}`])
    t.strictSame(problems, [])
  }
})

t.test('these are for podvault too', async t => {
  for (const [key, text] of [
    ['agent-inject-template-db', '{{ with secret "a/b" }}{{ .Data.x }}{{ end }}'],
    ['agent-inject-template-file-db', '/x'],
    ['agent-template-left-delim-db', '<<'],
    ['agent-template-right-delim-db', '>>'],
    ['agent-inject-secret-db', 'team/kv/data/app'],
    ['auth-config-role', 'x'],
    ['auth-config-token-path', '/x/token'],
    ['auth-config-path', '/x/token'],
    ['agent-inject-perms-db', '0640'],
    ['agent-inject-perms-db', '0400'],
    ['agent-inject-perms-db', '0777'],
    ['agent-inject-file-db', 'a/b'],
    ['agent-cache-listener-port', '8100'],
    ['agent-inject-file-db', '../refused/elsewhere'],
  ] as const)
    t.equal(choose({ [key]: text }).engine, 'podvault', key)
})

t.test('a choice holds, and is refused where it cannot', async t => {
  t.strictSame(choose({ 'podvault.dev/engine': 'vault-agent' }), { engine: 'vault-agent', problems: [], warnings: [] })
  const { problems } = choose({ 'podvault.dev/engine': 'podvault', 'agent-configmap': 'x', 'agent-enable-quit': 't' })
  t.strictSame(messages(problems), [
    'podvault.dev/engine is "podvault", and only engine vault-agent can do vault.hashicorp.com/agent-configmap, vault.hashicorp.com/agent-enable-quit; remove one of them',
  ])
})

t.test('the operator may allow one engine alone', async t => {
  t.strictSame(choose({}, ['vault-agent']), { engine: 'vault-agent', problems: [], warnings: [] })
  t.match(choose({ 'agent-configmap': 'x' }, ['podvault']).problems, [
    {
      reason: 'not-allowed',
      message:
        'the operator does not allow engine vault-agent, which vault.hashicorp.com/agent-configmap needs (rule allow.engines)',
    },
  ])
  t.match(messages(choose({ 'podvault.dev/engine': 'podvault' }, ['vault-agent']).problems), [
    'the operator does not allow engine podvault (rule allow.engines)',
  ])
})

t.test('what has no effect is said in one line', async t => {
  t.strictSame(
    choose({ 'log-level': 'debug', 'go-max-procs': '2', 'agent-disable-keep-alives': 'auto-auth' }).warnings,
    ["no effect on podvault's agent: go-max-procs, log-level, agent-disable-keep-alives"],
  )
  t.strictSame(
    choose({ 'podvault.dev/engine': 'vault-agent', 'podvault.dev/renew-at': '0.5', 'log-level': 'debug' }).warnings,
    ['podvault.dev/renew-at has no effect on engine vault-agent'],
  )
  const metrics = { 'podvault.dev/metrics-port': '9105', 'podvault.dev/instant-updates': 'true' }
  t.strictSame(choose({ 'podvault.dev/engine': 'vault-agent', ...metrics }).warnings, [
    'podvault.dev/metrics-port has no effect on engine vault-agent',
    'podvault.dev/instant-updates has no effect on engine vault-agent',
  ])
  t.strictSame(choose(metrics).warnings, [])
  t.strictSame(choose({ ...metrics, 'agent-pre-populate-only': 'true' }).warnings, [
    'podvault.dev/metrics-port has no effect: agent-pre-populate-only leaves out the sidecar',
  ])
})

t.test('a hook after changes is podvault’s alone', async t => {
  const texts = { 'podvault.dev/engine': 'vault-agent', 'podvault.dev/on-change': 'signal:SIGHUP' }
  t.strictSame(messages(choose(texts).problems), ['podvault.dev/on-change needs engine podvault; remove it'])
  t.strictSame(choose({ ...texts, 'podvault.dev/on-change': 'none' }).problems, [])
})

t.test('a warning is short however much it has to name', async t => {
  const many = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`agent-inject-template-secret-${index}`, '{{ key "a" }}']),
  )
  const [warning = ''] = choose(many).warnings
  t.match(warning, /needed by agent-inject-template-secret-0 \(key\) and 39 more$/)
  t.ok(warning.length <= 120)
})

t.test('a function that only Vault Agent has is named, and so is what to do about it', async t => {
  const texts = { 'agent-inject-template-db': '{{ key "a" }}{{ env "HOME" }}' }
  t.strictSame(choose(texts), {
    engine: 'vault-agent',
    problems: [],
    warnings: ['engine vault-agent instead of podvault, needed by agent-inject-template-db (key, env HOME)'],
  })
  t.match(choose({ ...texts, 'podvault.dev/engine': 'podvault' }).problems, [
    {
      message:
        'podvault.dev/engine is "podvault", and only engine vault-agent can do vault.hashicorp.com/agent-inject-template-db (key, env HOME); remove one of them',
    },
  ])
  t.match(choose(texts, ['podvault']).problems, [{ message: /agent-inject-template-db \(key, env HOME\) needs/ }])
})

t.test('a template that nobody can read is refused with its place, where podvault would render it', async t => {
  const texts = {
    'agent-inject-template-db': '[[ with secret "a" ]]\n  [[ nope ]]',
    'agent-template-left-delim-db': '[[',
    'agent-template-right-delim-db': ']]',
  }
  t.strictSame(messages(choose(texts).problems), [
    'error creating new agent sidecar: vault.hashicorp.com/agent-inject-template-db, line 2, column 6: there is no function nope',
  ])
  t.match(messages(choose({ 'agent-inject-secret-db': 'a" }}{{ nope }}{{ with secret "' }).problems), [
    /agent-inject-secret-db, line 1, column \d+: there is no function nope$/,
  ])
  t.strictSame(choose({ ...texts, 'podvault.dev/engine': 'vault-agent' }).problems, [])
})
