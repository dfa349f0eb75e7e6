import t from 'tap'
import { filesOf } from '../../src/inject/files.ts'
import { outputProblems, variablesOf } from '../../src/inject/outputs.ts'
import type { Texts } from '../../src/inject/settings.ts'
import { knowing, read } from '../fixtures/pods.ts'

const known = {
  one: { 'app.secrets': 'A=x#k', 'web.secrets': 'B=y#k' },
  two: { 'app.secrets': 'A=z#k', 'a.yaml': 'secrets: [{path: x/y, files: [{name: certs/web, format: json}]}]' },
}
const wanted = (annotations: Texts) => {
  const { intent } = read(annotations)
  const files = filesOf(intent, 'default', knowing(known))
  const { variables, problems } = variablesOf(files.known, intent)
  const all = [...files.problems, ...problems, ...outputProblems(files, intent)]
  return { variables, messages: all.map(({ message }) => message) }
}
const messages = (annotations: Texts) => wanted(annotations).messages
const names = (annotations: Texts) => wanted(annotations).variables.map(({ name }) => name)

t.test('variables come from every file that is known, inline first', async t => {
  t.strictSame(names({ secrets: 'C=x#k', 'secrets-file': 'one,elsewhere' }), ['C', 'A', 'B'])
  t.strictSame(messages({ secrets: 'C=x#k', 'secrets-file': 'one,elsewhere' }), [])
})

t.test('a variable that two files give is refused, naming both', async t => {
  t.strictSame(messages({ secrets: 'A=x#k\n', 'secrets-file': 'one/app.secrets' }), [
    'the variable A is given by podvault.dev/secrets and by ConfigMap one, key app.secrets; rename one, or let podvault.dev/env-duplicates decide',
  ])
  for (const duplicates of ['keep', 'overwrite'])
    t.strictSame(wanted({ secrets: 'A=x#k', 'secrets-file': 'one', 'env-duplicates': duplicates }), {
      variables: [
        { name: 'A', optional: false },
        { name: 'B', optional: false },
      ],
      messages: [],
    })
})

t.test('of several files that give a variable, keep takes the last and overwrite the first', async t => {
  const yaml = 'secrets: [{path: a/b, env: {A: k}, optional: true}]'
  const optional = (duplicates: string) =>
    wanted({ secrets: yaml, 'secrets-file': 'one/app.secrets', 'env-duplicates': duplicates }).variables
  t.strictSame(optional('keep'), [{ name: 'A', optional: false }])
  t.strictSame(optional('overwrite'), [{ name: 'A', optional: true }])
})

t.test('a variable may be missing where its secret may, unless it has a default', async t => {
  const yaml = 'secrets: [{path: a/b, env: {A: k, B: l}, optional: true, default: {l: x}}]'
  t.strictSame(wanted({ secrets: yaml }).variables, [
    { name: 'A', optional: true },
    { name: 'B', optional: false },
  ])
})

t.test('the token in the environment is a variable like any other', async t => {
  t.strictSame(names({ token: 'env' }), ['VAULT_TOKEN'])
  t.strictSame(messages({ token: 'env', secrets: 'VAULT_TOKEN=a#b' }), [
    'the variable VAULT_TOKEN is given by podvault.dev/secrets and by podvault.dev/token; rename one, or let podvault.dev/env-duplicates decide',
  ])
})

t.test('a name must fit where it goes: the environment, a shell, or neither', async t => {
  t.strictSame(messages({ secrets: 'ä#k' }), [
    'Kubernetes has no variable named "Ä_K", only ASCII names; give it another, as NAME=path#key',
  ])
  t.strictSame(names({ secrets: 'a.b#k' }), ['A.B_K'])
  t.strictSame(messages({ secrets: 'a.b#k', env: 'file' }), [
    'no shell can set a variable named "A.B_K"; give it another, as NAME=path#key',
  ])
  t.strictSame(messages({ secrets: 'A=x#k', env: 'file' }), [])
  t.strictSame(messages({ secrets: 'ä#k', env: 'none' }), [])
})

t.test('two files of one name are refused, and a file where another needs a folder', async t => {
  t.strictSame(messages({ 'secrets-file': 'one/app.secrets,three/app,four/app.secrets,five/x.tmpl' }), [
    'the file app.json is given by ConfigMap one, key app.secrets and by ConfigMap three, key app; rename one',
    'the file app.json is given by ConfigMap one, key app.secrets and by ConfigMap four, key app.secrets; rename one',
  ])
  const yaml =
    'secrets: [{path: a/b, files: [{name: certs, format: json}, {name: secrets.json, format: json}], env: {A: k}}]'
  t.strictSame(messages({ secrets: yaml, 'secrets-file': 'two/a.yaml' }), [
    'the file secrets.json is given by podvault.dev/secrets and by podvault.dev/secrets; rename one',
    'the files certs and certs/web are given by podvault.dev/secrets and by ConfigMap two, key a.yaml; rename one',
  ])
  t.strictSame(messages({ secrets: yaml, 'env-duplicates': 'keep' }), [])
  const apart = 'secrets: [{path: a/b, files: [{name: certs2, format: json}]}]'
  t.strictSame(messages({ secrets: apart, 'secrets-file': 'two/a.yaml' }), [])
})

t.test('a certificate is several files, and none of them may be given twice', async t => {
  const yaml = 'secrets: [{path: a/b, files: [{name: web, format: cert}, {name: web.key, format: json}]}]'
  t.strictSame(messages({ secrets: yaml }), [
    'podvault.dev/secrets, line 1, column 58: the file web.key is given above; give one of them another name',
  ])
})

t.test('the file of variables is there where there are any', async t => {
  const own = '{path: a/b, files: [{name: secrets.json, format: json}]}'
  t.strictSame(messages({ secrets: `secrets: [${own}]` }), [])
  t.strictSame(messages({ secrets: `secrets: [${own}, {path: c/d, env: {}}]` }), [])
  t.equal(messages({ secrets: `secrets: [${own}, {path: c/d, env: {A: k}}]` }).length, 1)
})

t.test('the leases have a variable of their own where the file is that of kube-vault-auth-init', async t => {
  t.match(messages({ secrets: 'LEASE_IDS=x#k', env: 'variables' }), [
    /LEASE_IDS is given by .* and by podvault\.dev\/env/,
  ])
  t.strictSame(messages({ secrets: 'LEASE_IDS=x#k', env: 'file' }), [])
  t.match(messages({ secrets: 'a.b#k', env: 'variables' }), [/no shell can set a variable/])
})
