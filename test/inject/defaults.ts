import t from 'tap'
import { checkAnyDefaults } from '../../src/inject/defaults.ts'

t.test('defaults in either language are fine', async t => {
  t.same(
    checkAnyDefaults({
      'podvault.dev/refresh': '1m',
      'vault.hashicorp.com/agent-inject-token': 'true',
      'vault.hashicorp.com/agent-inject-secret-Db.conf_1': 'a',
    }),
    [],
  )
})

t.test('what is no annotation, has no default or a bad value is said, all at once', async t => {
  const wrong = {
    'podvault.dev/rol': 'web',
    'podvault.dev/refresh': 'soon',
    'podvault.dev/inject': 'true',
    'podvault.dev/status': '{}',
    'vault.hashicorp.com/': 'x',
    'vault.hashicorp.com/a b': 'x',
    'vault.hashicorp.com/agent-limits-cpu': 'much',
    'example.com/role': 'x',
    'vault.hashicorp.com': 'x',
  }
  const problems = checkAnyDefaults(wrong)
  t.equal(problems.length, Object.keys(wrong).length)
  for (const [index, message] of [
    /did you mean podvault.dev\/role/,
    /refresh is "soon"/,
    /inject has no default/,
    /^vault.hashicorp.com\/agent-limits-cpu is "much"; allowed/,
    /there is no annotation vault.hashicorp.com\/$/,
    /there is no annotation vault.hashicorp.com\/a b$/,
    /status has no default: podvault writes it/,
    /^"example.com\/role" is no annotation of podvault; allowed are/,
    /^"vault.hashicorp.com" is no/,
  ].entries())
    t.match(problems[index]?.message, message)
})
