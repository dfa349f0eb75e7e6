import t from 'tap'
import { checkTemplate } from '../../src/template/check.ts'

t.test('a template that can be rendered lacks nothing', async t => {
  t.strictSame(checkTemplate('{{ with secret "a" }}{{ .Data.b }}{{ end }}'), {
    problems: [],
    lacking: [],
    readsEnv: false,
    writes: false,
  })
  t.match(checkTemplate('[[ envOrDefault "POD_IP" "x" | toUpper ]]', { left: '[[', right: ']]' }), { readsEnv: true })
  t.match(checkTemplate('{{ "a" | writeToFile "/a" "" "" "0400" }}'), { writes: true, readsEnv: false })
})

t.test('one that cannot be read is a problem with a place, and nothing else', async t => {
  t.match(checkTemplate('\n{{ if }}{{ key "a" }}'), { problems: [{ line: 2 }], lacking: [] })
})

t.test('functions and variables that only Vault Agent has are named', async t => {
  const text = `{{ key "a" }}{{ sprig_genCA }}{{ env "HOME" }}{{ mustEnv "POD_IP" }}{{ env "${'X'.repeat(99)}" }}`
  const { problems, lacking } = checkTemplate(text)
  t.strictSame(lacking, ['key', 'sprig_genCA', 'env HOME', `env ${'X'.repeat(60)}`])
  t.strictSame(
    problems.map(({ message }) => message),
    [
      'key is a function that podvault does not have: Consul is not asked',
      'sprig_genCA is a function that podvault does not have: a render must give the same for the same secrets',
      'env shows a template only NAMESPACE, HOST_IP, POD_IP, HOSTNAME, and not HOME',
      `env shows a template only NAMESPACE, HOST_IP, POD_IP, HOSTNAME, and not ${'X'.repeat(60)}`,
    ],
  )
})
