import { readFileSync } from 'node:fs'
import t from 'tap'
import { type Fault, faults } from './fixtures/faults.ts'
import { sectionIs, table } from './fixtures/page.ts'

const page = 'docs/reliability.md'

const faultTable = (): string =>
  table(
    ['fault', 'app', 'podvault', 'tried', 'result'],
    Object.values<Fault>(faults).map(({ fault, app, does, tries, unit, test }) => [
      fault,
      app,
      does,
      `${tries} ${unit}`,
      `held ([test](../${test}))`,
    ]),
  )

t.test('the faults of docs/reliability.md are those that the tests try, as often as it says', async t => {
  sectionIs(t, page, 'faults', faultTable())
})

t.test('each fault is tried by the test that is named', async t => {
  for (const [id, { test }] of Object.entries<Fault>(faults))
    t.match(readFileSync(test, 'utf8'), new RegExp(`(?:triesOf\\('${id}'\\)|incidents\\(\\s*'${id}')`), id)
})
