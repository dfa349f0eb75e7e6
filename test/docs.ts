import { readFileSync } from 'node:fs'
import t from 'tap'
import { type Answer, annotations, type Entry } from '../src/inject/vault-k8s/annotations.ts'
import { agentInjectTable } from '../src/webhook/agent-inject-variables.ts'
import { matchesGolden } from './fixtures/golden.ts'

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(...head), `|${'---|'.repeat(head.length)}`, ...rows.map(cells => row(...cells))].join('\n')

const suffixes = { pod: '', secret: '-NAME', both: '[-NAME]', parameter: '-PARAM' } as const

const inWords = (answer: Answer<unknown>): string => {
  switch (answer.kind) {
    case 'same':
      return 'same'
    case 'better':
      return `better: ${answer.how}`
    case 'vault-agent':
      return `engine vault-agent${answer.when === '' ? '' : ` ${answer.when}`}`
    case 'warned':
      return `warned: ${answer.why}`
  }
}

const annotationTable = (): string =>
  table(
    ['annotation', 'default', 'meaning', 'here'],
    Object.entries(annotations as Readonly<Record<string, Entry<unknown>>>).map(([key, entry]) => [
      `\`${key}${suffixes[entry.per]}\``,
      entry.default === undefined || entry.default === '' ? '–' : `\`${entry.default}\``,
      entry.doc,
      inWords(entry.answer),
    ]),
  )

const variableTable = (): string =>
  table(
    ['variable', 'becomes'],
    Object.entries(agentInjectTable).map(([name, variable]) => {
      switch (variable.kind) {
        case 'annotation':
          return [`\`${name}\``, `default of \`${variable.annotation}\``]
        case 'server':
          return [`\`${name}\``, `\`--${variable.flag}\``]
        case 'ca':
          return [`\`${name}\``, '`--vault-ca-file`, as its content']
        case 'none':
          return [`\`${name}\``, `nothing: ${variable.why}`]
      }
    }),
  )

const sections: Readonly<Record<string, () => string>> = { annotations: annotationTable, variables: variableTable }

for (const [name, made] of Object.entries(sections))
  t.test(`the ${name} of docs/vault-k8s.md are those of the code`, async t => {
    const page = readFileSync('docs/vault-k8s.md', 'utf8')
    const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
    const [before, after] = [page.indexOf(begin), page.indexOf(end)]
    t.ok(before > 0 && after > before, 'the section is there')
    matchesGolden(t, 'docs/vault-k8s.md', `${page.slice(0, before)}${begin}\n${made()}\n${page.slice(after)}`)
  })

t.test('there are 74 annotations', async t => {
  t.equal(Object.keys(annotations).length, 74)
})
