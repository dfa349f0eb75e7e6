import { readFileSync } from 'node:fs'
import t from 'tap'
import { type Fault, faults } from './fixtures/faults.ts'
import { matchesGolden } from './fixtures/golden.ts'

const page = 'docs/reliability.md'

const table = (): string => {
  const rows = Object.values<Fault>(faults).map(
    ({ fault, app, does, tries, unit, test }) =>
      `| ${fault} | ${app} | ${does} | ${tries} ${unit} | held ([test](../${test})) |`,
  )
  return ['| fault | app | podvault | tried | result |', '|---|---|---|---|---|', ...rows].join('\n')
}

t.test('the faults of docs/reliability.md are those that the tests try, as often as it says', async t => {
  const text = readFileSync(page, 'utf8')
  const [begin, end] = ['<!-- faults -->', '<!-- /faults -->']
  const [before, after] = [text.indexOf(begin), text.indexOf(end)]
  t.ok(before > 0 && after > before, 'the section is there')
  matchesGolden(t, page, `${text.slice(0, before)}${begin}\n${table()}\n${text.slice(after)}`)
})

t.test('each fault is tried by the test that is named', async t => {
  for (const [id, { test }] of Object.entries<Fault>(faults))
    t.match(readFileSync(test, 'utf8'), new RegExp(`(?:triesOf\\('${id}'\\)|incidents\\(\\s*'${id}')`), id)
})
