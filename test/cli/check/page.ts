// What docs/check.md shows is what the commands write: the same words, columns and members.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { checkReport } from '../../../src/cli/check/report.ts'
import { checks, found, levels, ok } from '../../../src/cli/check/table.ts'
import { livePodsIn } from '../../../src/cli/live-pods.ts'
import { statusRows } from '../../../src/cli/status-rows.ts'
import { statusText } from '../../../src/cli/status-text.ts'
import { version } from '../../../src/version.ts'
import { injected, livePod } from '../../fixtures/live.ts'
import { podWith, settings } from '../../fixtures/pods.ts'

const page = readFileSync('docs/check.md', 'utf8')
const blocks = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`\\n`, 'gms'))].map(([, text = '']) => text)

t.test('the lines of check have its levels and its checks, and they are counted', t => {
  const [first = '', ...rest] = blocks('console')
  const [lines = '', counts] = first.split('\n\n')
  const findings = [lines, ...blocks('text')].flatMap(text => text.split('\n').filter(line => /^\w+ {2,}/.test(line)))
  t.ok(findings.length > 20 && rest.length === 1)
  for (const line of findings) {
    const [, level = '', check = '', message = ''] = /^(\w+) +([\w-]+) +(.*)$/.exec(line) ?? []
    t.ok(levels.some(each => each === level) && Object.hasOwn(checks, check), line)
    t.equal(message.includes(' → '), level !== 'ok', line)
  }
  const said = levels.map(level => [level, lines.split('\n').filter(line => line.startsWith(`${level} `)).length])
  t.equal(counts?.trim(), said.map(([level, count]) => `${count} ${level}`).join(', '))
  t.end()
})

t.test('the report for scripts has the members that the page shows', t => {
  const shown = JSON.parse(blocks('json')[0] ?? '') as { readonly findings: readonly [object] }
  const report = checkReport([{ ...found('drift', 'warning', 'x'), objects: ['y'] }, ok('rights', 'z')], 'shop')
  t.same(Object.keys(shown), Object.keys(report))
  t.match(shown, { version, counts: Object.fromEntries(levels.map(level => [level, Number])) })
  t.same(Object.keys(shown.findings[0]), Object.keys({ ...report.findings.find(({ check }) => check === 'drift') }))
  t.end()
})

t.test('the table of status has its columns, and each row one for each', t => {
  const rows = statusRows(livePodsIn({ items: [livePod(injected(podWith()))] }), { value: settings }, version)
  const [head = ''] = statusText(rows, false, Date.now()).split('\n')
  const [, table = ''] = blocks('console')
  const [, shown = '', ...lines] = table.trimEnd().split('\n')
  t.same(shown.split(/ {2,}/), head.split(/ {2,}/))
  for (const line of lines) t.equal(line.split(/ {2,}/).length, head.split(/ {2,}/).length, line)
  for (const member of Object.keys(rows[0] ?? {})) t.ok(page.includes(`\`${member}\``), member)
  t.end()
})
