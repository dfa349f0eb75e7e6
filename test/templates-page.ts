import { readFileSync } from 'node:fs'
import t from 'tap'
import { builtins } from '../src/template/builtins.ts'
import { functions } from '../src/template/functions.ts'
import { refused } from '../src/template/refused.ts'
import { runFunctions } from '../src/template/run-functions.ts'
import { sprigFunctions } from '../src/template/sprig.ts'
import { vaultFunctions } from '../src/template/vault-functions.ts'
import { sectionIs, table } from './fixtures/page.ts'
import { render, sources, summary } from './fixtures/templates.ts'

const page = 'docs/templates.md'
const code = (names: readonly string[]): string =>
  names
    .toSorted()
    .map(name => `\`${name}\``)
    .join(' ')

const areas = { "Go's own": builtins, Vault: vaultFunctions, 'around a template': runFunctions, sprig: sprigFunctions }

const functionTable = (): string => {
  const known = new Set(Object.values(areas).flatMap(area => Object.keys(area)))
  const others = Object.keys(functions).filter(name => !known.has(name))
  return table(
    ['', 'functions'],
    [
      ...Object.entries(areas).map(([name, area]) => [name, code(Object.keys(area))]),
      ["consul-template's own", code(others)],
    ],
  )
}

const refusedTable = (): string =>
  table(
    ['functions', 'because'],
    Array.from(
      Map.groupBy(Object.entries(refused), ([, reason]) => reason),
      ([reason, names]) => [code(names.map(([name]) => name)), reason],
    ),
  )

for (const [name, made] of Object.entries({ functions: functionTable, refused: refusedTable }))
  t.test(`the table of ${name} of ${page} is that of the code`, async t => {
    sectionIs(t, page, name, made())
  })

t.test(`the examples of ${page} give what they say`, async t => {
  const examples = [...readFileSync(page, 'utf8').matchAll(/```gotemplate\n([^]*?)\n```\n```\n([^]*?)\n```/g)]
  t.ok(examples.length > 3, 'they are there')
  for (const [, template = '', text] of examples)
    t.strictSame(summary(render({ template }, sources())), { text }, template)
})
