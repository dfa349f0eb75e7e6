import t from 'tap'
import { safest } from '../../src/inject/settings.ts'
import { emptyConfigFile, parseConfigFile } from '../../src/webhook/config-file.ts'

const parse = (text: string) => parseConfigFile(text, 'config.yaml')

t.test('reads settings, defaults, profiles, namespaces and what is allowed', async t => {
  const file = `# the operator's
listen: ":8443"
vault-ca-file: ""
defaults:
  role: web
  podvault.dev/refresh: 1m
  vault.hashicorp.com/agent-inject-token: "true"
  profile: careful
profiles:
  careful:
    renew-at: "0.5"
  Batch.Jobs_2: {renew: "false"}
namespaces:
  team-a:
    profile: Batch.Jobs_2
    role: team
allow:
  addresses: ["https://vault.example.com/"]
  tls-skip-verify: true
`
  t.same(parse(file), {
    server: { listen: ':8443', 'vault-ca-file': '' },
    defaults: {
      'podvault.dev/role': 'web',
      'podvault.dev/refresh': '1m',
      'vault.hashicorp.com/agent-inject-token': 'true',
      'podvault.dev/profile': 'careful',
    },
    profiles: { careful: { 'podvault.dev/renew-at': '0.5' }, 'Batch.Jobs_2': { 'podvault.dev/renew': 'false' } },
    namespaces: { 'team-a': { 'podvault.dev/profile': 'Batch.Jobs_2', 'podvault.dev/role': 'team' } },
    allow: { ...safest, addresses: ['https://vault.example.com'], tlsSkipVerify: true },
  })
})

t.test('a file without content is as good as none', async t => {
  for (const text of ['', '# nothing\n', '---\n', '{}']) t.same(parse(text), emptyConfigFile)
})

t.test('what is wrong stops the start with its line and column', async t => {
  const wrong: readonly (readonly [string, string])[] = [
    ['listen: [', 'config.yaml:1:10: this is no YAML'],
    ['listen: ":1"\nlistne: x', 'config.yaml:2:1: the file knows no key "listne"; did you mean listen?'],
    ['config: other.yaml', 'config.yaml:1:1: the file knows no key "config"'],
    ['listen: 9443', 'config.yaml:1:9: listen must be text; write it in quotes'],
    ['listen: x', 'config.yaml:1:9: listen is "x"; allowed: host:port or :port'],
    ['defaults: 7', 'config.yaml:1:11: defaults must be a map'],
    ['defaults:\n  rol: web', 'config.yaml:2:3: there is no annotation "podvault.dev/rol"; did you mean'],
    ['defaults:\n  renew: maybe', 'config.yaml:2:10: podvault.dev/renew is "maybe"; allowed'],
    ['defaults:\n  renew: true', 'config.yaml:2:10: defaults.renew must be text; write it in quotes'],
    ['defaults:\n  inject: "true"', 'config.yaml:2:11: podvault.dev/inject has no default'],
    ['defaults:\n  __proto__: web', 'config.yaml:2:3: there is no annotation "podvault.dev/__proto__"'],
    ['defaults:\n  example.com/role: web', 'config.yaml:2:3: "example.com/role" is no annotation of podvault'],
    [
      'defaults:\n  role: web\n  podvault.dev/role: web',
      'config.yaml:3:3: podvault.dev/role stands in defaults twice, with its prefix and without',
    ],
    ['defaults:\n  profile: x', 'config.yaml:2:12: there is no profile "x"; defined here: none'],
    [
      'profiles: {batch: {role: x}}\ndefaults:\n  profile: bach',
      'config.yaml:3:12: there is no profile "bach"; did you mean "batch"?',
    ],
    [
      'profiles: {batch: {role: x}}\nnamespaces:\n  team:\n    profile: quite-another',
      'config.yaml:4:14: there is no profile "quite-another"; defined here: batch',
    ],
    ['profiles: []', 'config.yaml:1:11: profiles must be a map'],
    ['profiles: {"a b": {role: x}}', 'config.yaml:1:12: "a b" is no name of a profile'],
    ['profiles:\n  a:\n    profile: a', 'config.yaml:3:14: a profile cannot choose a profile'],
    ['profiles:\n  a:\n    rol: x', 'config.yaml:3:5: there is no annotation "podvault.dev/rol"'],
    ['namespaces: {Team: {role: x}}', 'config.yaml:1:14: "Team" is no name of a namespace'],
    ['namespaces:\n  team:\n    refresh: soon', 'config.yaml:3:14: podvault.dev/refresh is "soon"'],
    ['allow:\n  image: []', 'config.yaml:2:3: allow knows no key "image"; did you mean images?'],
  ]
  for (const [text, message] of wrong) {
    try {
      parse(text)
      t.fail(`accepted: ${text}`)
    } catch (error) {
      t.match(error, { code: 'usage' })
      t.ok(error instanceof Error && error.message.startsWith(message), `${String(error)} / ${message}`)
    }
  }
})

t.test('all problems are said at once', async t => {
  t.throws(() => parse('listen: x\ndefaults:\n  rol: web\nallow:\n  own-ca: no way\n'), {
    message: /^3 problems: \(1\) config.yaml:1:9: .*config.yaml:3:3: .*config.yaml:5:11: /,
  })
})

t.test('names that mean something to JavaScript are names like any other', async t => {
  const file = parse('profiles:\n  constructor: {role: x}\n  __proto__: {role: y}\ndefaults: {profile: __proto__}\n')
  t.same(Object.entries(file.profiles), [
    ['constructor', { 'podvault.dev/role': 'x' }],
    ['__proto__', { 'podvault.dev/role': 'y' }],
  ])
  t.throws(() => parse('defaults: {profile: toString}'), { message: /there is no profile "toString"/ })
})
