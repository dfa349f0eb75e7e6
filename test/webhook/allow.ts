import t from 'tap'
import { type Allow, safest } from '../../src/inject/settings.ts'
import { allowRules, readAllow } from '../../src/webhook/allow.ts'
import { readYaml } from '../../src/webhook/yaml-reader.ts'

const allow = (text: string): Allow => readYaml(text, 'f.yaml', readAllow)

t.test('what the operator does not say is as safe as it can be', async t => {
  t.same(allow(''), safest)
  t.same(allow('{}'), safest)
})

t.test('every rule sets its part', async t => {
  const all = `
addresses: ["https://vault.example.com/"]
images: ["registry.example.com/vault@sha256:12"]
engines: [podvault]
vault-namespaces: [team-a, team-b/]
proxies: []
own-ca: false
tls-skip-verify: true
run-as-root: true
json-patch: true
`
  t.same(allow(all), {
    addresses: ['https://vault.example.com'],
    images: ['registry.example.com/vault@sha256:12'],
    engines: ['podvault'],
    vaultNamespaces: ['team-a', 'team-b/'],
    proxies: [],
    ownCa: false,
    tlsSkipVerify: true,
    runAsRoot: true,
    jsonPatch: true,
  })
  const rules = Object.keys(allowRules)
  t.same(all.match(/^[a-z-]+/gm), rules, 'in the order of the table')
  t.same(
    Object.values(allowRules)
      .map(({ field }) => field)
      .sort(),
    Object.keys(safest).sort(),
    'and nothing is missing',
  )
})

t.test('the table says of each rule what holds without it', async t => {
  for (const { field, default: usual } of Object.values(allowRules)) {
    const value = safest[field]
    const inWords = value === undefined ? 'any' : Array.isArray(value) ? value.join(', ') || 'none' : String(value)
    t.equal(usual, inWords, field)
  }
})

t.test('what is wrong is said with its line and column', async t => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['addreses: []', /^f.yaml:1:1: allow knows no key "addreses"; did you mean addresses\?$/],
    ['addresses: https://v', /^f.yaml:1:12: allow.addresses must be a list$/],
    ['addresses: [vault]', /^f.yaml:1:13: "vault" cannot stand in allow.addresses; allowed: http:\/\/ or https:\/\//],
    ['images: ["a b"]', /^f.yaml:1:10: "a b" cannot stand in allow.images; allowed: the name of an image/],
    ['engines: [vault]', /^f.yaml:1:11: "vault" cannot stand in allow.engines; allowed: "podvault" or "vault-agent"$/],
    ['vault-namespaces: [1]', /^f.yaml:1:20: each of allow.vault-namespaces must be text/],
    ['json-patch: "true"', /^f.yaml:1:13: allow.json-patch must be true or false$/],
  ]
  for (const [text, message] of wrong) t.throws(() => allow(text), { code: 'usage', message })
})
