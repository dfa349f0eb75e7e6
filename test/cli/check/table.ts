import { readFileSync } from 'node:fs'
import t from 'tap'
import { checks, found, knowing, ok } from '../../../src/cli/check/table.ts'
import { matchesGolden } from '../../fixtures/golden.ts'

t.test('what is not well says what to do, of the table where nothing is better', t => {
  t.same(ok('dry-run', 'it comes back'), { check: 'dry-run', level: 'ok', message: 'it comes back' })
  t.same(found('drift', 'warning', 'two'), {
    check: 'drift',
    level: 'warning',
    message: 'two',
    todo: checks.drift.todo,
  })
  t.equal(found('drift', 'warning', 'two', 'wait').todo, 'wait')
  t.end()
})

t.test('what is not known is a finding, and no failure', t => {
  t.same(
    knowing('rights', { value: 'all' }, value => [ok('rights', value)]),
    [ok('rights', 'all')],
  )
  t.match(
    knowing('rights', { lack: 'forbidden' }, () => []),
    [{ check: 'rights', level: 'unknown', message: 'forbidden', todo: /right/ }],
  )
  const odd = (): never => {
    throw new Error('items must be a list')
  }
  t.match(knowing('rights', { value: 7 }, odd), [{ level: 'unknown', message: /not understood: items must be a list/ }])
  t.end()
})

t.test('docs/check.md shows the table', t => {
  const page = readFileSync('docs/check.md', 'utf8')
  const [begin, end] = ['<!-- checks -->', '<!-- /checks -->']
  const rows = Object.entries(checks).map(([id, { says, todo }]) => `| \`${id}\` | ${says} | ${todo} |`)
  const table = ['| check | is well when | what to do otherwise |', '|---|---|---|', ...rows].join('\n')
  t.ok(page.indexOf(end) > page.indexOf(begin) && page.includes(begin))
  const made = `${page.slice(0, page.indexOf(begin))}${begin}\n${table}\n${page.slice(page.indexOf(end))}`
  matchesGolden(t, 'docs/check.md', made)
  t.end()
})
