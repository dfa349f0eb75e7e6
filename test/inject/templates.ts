import t from 'tap'
import { filesOf } from '../../src/inject/files.ts'
import { templatesOf } from '../../src/inject/templates.ts'
import type { Texts } from '../../src/inject/settings.ts'
import { knowing, read } from '../fixtures/pods.ts'

const templates = (annotations: Texts) => {
  const { intent } = read(annotations)
  return templatesOf(filesOf(intent, 'default', knowing({})), intent)
}
const messages = (annotations: Texts) => templates(annotations).problems.map(({ message }) => message)
const yaml = (template: string) => `secrets: [{path: a/b, files: [{name: x, template: '${template}'}]}]`

t.test('a template that cannot be rendered is refused, with its place or by the function’s name', async t => {
  t.strictSame(messages({ secrets: yaml('{{ .user }}{{ with secret "a/b" }}{{ end }}{{ timestamp }}') }), [])
  t.strictSame(messages({ secrets: yaml('{{ .user') }), [
    'podvault.dev/secrets: the template of x, line 1, column 9: an action is not closed',
  ])
  t.strictSame(messages({ secrets: yaml('{{ key "a" }}{{ sprig_genCA }}') }), [
    'podvault.dev/secrets: the template of x: key is a function that podvault does not have: Consul is not asked',
    'podvault.dev/secrets: the template of x: sprig_genCA is a function that podvault does not have: a render must give the same for the same secrets',
  ])
})

t.test('what templates need of the pod is known, or supposed where their text is not', async t => {
  const needs = (annotations: Texts) => {
    const { readEnv, write } = templates(annotations)
    return [readEnv, write]
  }
  t.strictSame(needs({ secrets: 'A=x#k' }), [false, false])
  t.strictSame(needs({ secrets: yaml('{{ .x }}') }), [false, false])
  t.strictSame(needs({ secrets: yaml('{{ env "POD_IP" }}') }), [true, false])
  t.strictSame(needs({ secrets: yaml('{{ .x | writeToFile "y" "" "" "0400" }}') }), [false, true])
  const inFile = 'secrets: [{files: [{name: x, template-file: /etc/secrets.d/app.ctmpl}]}]'
  t.strictSame(needs({ secrets: inFile, 'secrets-file': 'elsewhere/app.ctmpl' }), [true, true])
  t.strictSame(needs({ 'secrets-file': 'elsewhere' }), [true, true])
})

t.test('a template stands in a ConfigMap that the pod names', async t => {
  const yaml = 'secrets: [{path: a/b, files: [{name: x, template-file: /etc/secrets.d/app.ctmpl}]}]'
  t.strictSame(messages({ secrets: yaml }), [
    'podvault.dev/secrets: the template-file of x is in no ConfigMap that podvault.dev/secrets-file names; name its ConfigMap there',
  ])
  t.strictSame(messages({ secrets: yaml, 'secrets-file': 'elsewhere' }), [])
  t.equal(
    messages({ secrets: yaml, 'secrets-file': 'elsewhere,another' }).length,
    1,
    'several have folders of their own',
  )
})
