import t from 'tap'
import { emptyConfigFile, parseConfigFile } from '../../src/webhook/config-file.ts'

const parse = (text: string) => parseConfigFile(text, 'config.yaml', ['listen', 'vault-address'])

t.test('reads settings with their places, defaults and what is allowed', async t => {
  const file = `# the operator's
listen: ":8443"
defaults:
  role: web
  refresh: 1m
allow:
  addresses: ["https://vault.example.com/"]
  tls-skip-verify: true
`
  t.same(parse(file), {
    server: { listen: { text: ':8443', place: 'config.yaml:2:9' } },
    defaults: { role: 'web', refresh: '1m' },
    allow: { addresses: ['https://vault.example.com'], tlsSkipVerify: true },
  })
})

t.test('a file without content is as good as none', async t => {
  for (const text of ['', '# nothing\n', '---\n', '{}']) t.same(parse(text), emptyConfigFile)
  t.same(parse('defaults:\nallow:\n'), { ...emptyConfigFile }, 'nor are parts without content')
  t.same(parse('allow: {}\n').allow, { addresses: [], tlsSkipVerify: false })
})

t.test('what is wrong stops the start with its line and column', async t => {
  const wrong: readonly (readonly [string, string])[] = [
    ['listen: [', 'config.yaml:1:10: this is no YAML'],
    ['- listen', 'config.yaml:1:1: the file must be a map'],
    ['listen: ":1"\nlistne: x', 'config.yaml:2:1: the file knows no key "listne"; did you mean listen?'],
    [
      'completely-else: x',
      'config.yaml:1:1: the file knows no key "completely-else"; allowed: listen, vault-address, defaults, allow',
    ],
    ['? [a]\n: b', 'config.yaml:1:3: the file has a key that is no word'],
    ['listen: 9443', 'config.yaml:1:9: listen must be text; write it in quotes'],
    ['listen: {}', 'config.yaml:1:9: listen must be text'],
    ['? listen', 'config.yaml:1:3: listen has no value'],
    ['listen: a\nlisten: b', 'config.yaml:2:1: this is no YAML'],
    ['defaults: 7', 'config.yaml:1:11: defaults must be a map'],
    [
      'defaults:\n  rol: web',
      'config.yaml:2:8: there is no annotation "podvault.dev/rol"; did you mean podvault.dev/role?',
    ],
    ['defaults:\n  renew: maybe', 'config.yaml:2:10: podvault.dev/renew is "maybe"; allowed'],
    ['defaults:\n  inject: "true"', 'config.yaml:2:11: podvault.dev/inject has no default'],
    ['defaults:\n  __proto__: web', 'config.yaml:2:14: there is no annotation "podvault.dev/__proto__"'],
    ['allow:\n  images: []', 'config.yaml:2:3: allow knows no key "images"'],
    ['allow:\n  addresses: https://v', 'config.yaml:2:14: allow.addresses must be a list'],
    ['allow:\n  addresses: [vault]', 'config.yaml:2:15: "vault" is no address; allowed: http:// or https://'],
    ['allow:\n  tls-skip-verify: "yes"', 'config.yaml:2:20: allow.tls-skip-verify must be true or false'],
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
