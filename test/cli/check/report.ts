import t from 'tap'
import { checkCode, checkReport, checkText } from '../../../src/cli/check/report.ts'
import { found, ok } from '../../../src/cli/check/table.ts'

const findings = [
  found('drift', 'warning', 'two\u001B[31m'),
  ok('kubernetes', 'fine'),
  found('replicas', 'failure', 'none', 'start one'),
]

t.test('findings are told in the order of the table, each in a line with what to do', t => {
  const report = checkReport(findings, 'shop')
  t.match(report, { namespace: 'shop', counts: { ok: 1, warning: 1, failure: 1, unknown: 0 } })
  t.equal(
    checkText(report),
    `ok       kubernetes  fine
failure  replicas    none → start one
warning  drift       two\\u001b[31m → \`podvault status\` shows them; kubectl rollout restart brings them up to date

1 ok, 1 warning, 1 failure
`,
  )
  t.notOk('namespace' in checkReport(findings))
  t.end()
})

t.test('only failures fail', t => {
  t.equal(checkCode(checkReport(findings)), 1)
  t.equal(checkCode(checkReport(findings.slice(0, 2))), 0)
  t.end()
})
