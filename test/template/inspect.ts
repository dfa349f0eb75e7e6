import t from 'tap'
import { foreignVariables, unsupported } from '../../src/template/inspect.ts'
import { parseTemplate, type Template } from '../../src/template/read.ts'

const template = (text: string): Template => {
  const parsed = parseTemplate(text)
  if ('message' in parsed) throw new Error(parsed.message)
  return parsed
}

t.test('variables are named where they stand there in words', async t => {
  const text =
    '{{ env "HOME" }}{{ if (mustEnv "A" | toUpper) }}{{ end }}{{ envOrDefault "POD_IP" "x" }}{{ "B" | env }}{{ env (print "C") }}{{ print env "D" }}'
  t.strictSame(foreignVariables(template(text)), ['HOME', 'A'])
})

t.test('functions that are refused are named with the reason', async t => {
  const text =
    '{{ range ls "x" }}{{ key .Key | toUpper }}{{ end }}{{ if (node).Address }}{{ end }}{{ print key }}{{ print (plugin "x") }}'
  t.strictSame(unsupported(template(text)), [
    { name: 'ls', reason: 'Consul is not asked' },
    { name: 'key', reason: 'Consul is not asked' },
    { name: 'node', reason: 'Consul is not asked' },
    { name: 'plugin', reason: 'a template touches nothing but its values' },
  ])
  t.strictSame(unsupported(template('{{ secret.toString }}{{ services.x }}')), [
    { name: 'services', reason: 'Consul is not asked' },
  ])
})
