import t from 'tap'
import { customFolders, secretsOf, strayWarnings } from '../../../src/inject/vault-k8s/secrets.ts'
import { readVaultK8s } from '../../../src/inject/vault-k8s/read.ts'
import { named } from '../../fixtures/vault-k8s.ts'

const read = (texts: Readonly<Record<string, string>>) => readVaultK8s([{ origin: 'pod', texts: named(texts) }])
const secrets = (texts: Readonly<Record<string, string>>) => secretsOf(read(texts))

t.test('a path, a template or a template’s file declares a secret, what is blank does not', async t => {
  const found = secrets({
    'agent-inject-secret-c': 'x/y',
    'agent-inject-template-a': '{{ a }}',
    'agent-inject-template-file-b': '/b.ctmpl',
    'agent-inject-secret-d': ' ',
    'agent-inject-secret-a': 'p',
  })
  t.match(found, [
    { key: 'a', annotation: 'vault.hashicorp.com/agent-inject-secret-a', path: 'p', template: '{{ a }}' },
    { key: 'b', annotation: 'vault.hashicorp.com/agent-inject-template-file-b', templateFile: '/b.ctmpl', path: '' },
    { key: 'c', path: 'x/y', template: '', templateFile: '' },
  ])
  t.equal(found.length, 3)
})

t.test('a template beats a template’s file', async t => {
  t.match(secrets({ 'agent-inject-template-a': 'x', 'agent-inject-template-file-a': '/f' }), [
    { template: 'x', templateFile: '' },
  ])
})

t.test('everything that is said of a secret is joined by its name, as it is spelled', async t => {
  t.strictSame(
    secrets({
      'agent-inject-secret-Db': 'x',
      'agent-inject-file-Db': 'tls/server.pem',
      'agent-inject-perms-Db': '0600',
      'agent-inject-command-Db': 'kill 1',
      'error-on-missing-key-Db': 'true',
      'agent-template-left-delim-Db': '<<',
      'agent-template-right-delim-Db': '>>',
      'secret-volume-path-Db': '/tls/',
    }),
    [
      {
        key: 'Db',
        annotation: 'vault.hashicorp.com/agent-inject-secret-Db',
        path: 'x',
        template: '',
        templateFile: '',
        command: 'kill 1',
        leftDelimiter: '<<',
        rightDelimiter: '>>',
        errorOnMissingKey: true,
        perms: '0600',
        folder: '/tls',
        file: 'tls/server.pem',
      },
    ],
  )
})

t.test('a file is in lower case unless its own annotation, or the one for all, keeps its case', async t => {
  const file = (texts: Readonly<Record<string, string>>) =>
    secrets({ 'agent-inject-secret-Db': 'x', ...texts })[0]?.file
  t.equal(file({}), 'db')
  t.equal(file({ 'preserve-secret-case': 'true' }), 'Db')
  t.equal(file({ 'preserve-secret-case-Db': 'true' }), 'Db')
  t.equal(file({ 'preserve-secret-case': 'true', 'preserve-secret-case-Db': '' }), 'db')
})

t.test('a file is cleaned as Go cleans a path, and may not leave its folder', async t => {
  const file = (text: string) => secrets({ 'agent-inject-secret-a': 'x', 'agent-inject-file-a': text })[0]?.file
  t.equal(file('/abs/x'), 'abs/x')
  t.equal(file('./a//b/../c'), 'a/c')
  t.equal(file('../x'), undefined)
  t.equal(file('a/../../x'), undefined)
  t.equal(file('a/..'), undefined)
  t.equal(secrets({ 'agent-inject-secret-..': 'x' })[0]?.file, undefined)
})

t.test('folders besides the one for all come once, in the order of their secrets', async t => {
  const here = read({
    'agent-inject-secret-c': 'x',
    'agent-inject-secret-b': 'x',
    'agent-inject-secret-a': 'x',
    'agent-inject-secret-d': 'x',
    'secret-volume-path-b': '/b',
    'secret-volume-path-c': '/vault/secrets/',
    'secret-volume-path-a': '/a',
    'secret-volume-path-d': '/b/',
  })
  t.strictSame(customFolders(here, secretsOf(here)), ['/a', '/b'])
})

t.test('a folder that is none is refused elsewhere, and the one for all is taken meanwhile', async t => {
  t.equal(secrets({ 'agent-inject-secret-a': 'x', 'secret-volume-path-a': 'nope' })[0]?.folder, '/vault/secrets')
})

t.test('what is said of a secret that nobody declares is warned about', async t => {
  const here = read({ 'agent-inject-perms-db': '0600', 'agent-inject-secret-x': 'x', 'agent-inject-file-x': 'y' })
  t.strictSame(strayWarnings(here, secretsOf(here)), [
    'vault.hashicorp.com/agent-inject-perms-db has no effect: there is no secret of that name',
  ])
})
