import { readFileSync } from 'node:fs'
import t from 'tap'
import { exitCodes } from '../src/errors.ts'
import { annotations } from '../src/inject/annotations.ts'
import { type AllowRule, allowRules } from '../src/webhook/allow.ts'
import { serverSettings } from '../src/webhook/server-settings.ts'
import { matchesGolden } from './fixtures/golden.ts'

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(...head), `|${'---|'.repeat(head.length)}`, ...rows.map(cells => row(...cells))].join('\n')

const annotationTable = (): string =>
  table(
    ['annotation', 'default', 'meaning', 'allowed'],
    Object.entries(annotations).map(([key, { kind, doc, ...entry }]) => [
      `\`${key}\``,
      'default' in entry ? `\`${entry.default}\`` : '–',
      doc,
      kind.allowed,
    ]),
  )

const settingTable = (): string =>
  table(
    ['flag', 'environment', 'default', 'meaning'],
    Object.entries(serverSettings).map(([name, setting]) => [
      `\`--${name}\``,
      `\`${setting.env}\``,
      'default' in setting ? `\`${setting.default}\`` : '–',
      setting.doc,
    ]),
  )

const allowTable = (): string =>
  table(
    ['rule', 'default', 'what the operator allows', 'allowed'],
    Object.entries<AllowRule>(allowRules).map(([name, { item, default: usual, doc }]) => [
      `\`allow.${name}\``,
      usual,
      doc,
      item === undefined ? 'true or false' : `a list; each ${item.allowed}`,
    ]),
  )

const exitCodeTable = (): string =>
  table(
    ['code', 'meaning'],
    [['0', 'ok'], ...Object.entries(exitCodes).map(([name, code]) => [String(code), name.replace('-', ' ')])],
  )

const yaml = (file: string): string => `\`\`\`yaml\n${readFileSync(file, 'utf8')}\`\`\``

const sections: Readonly<Record<string, () => string>> = {
  example: () => yaml('docs/example.yaml'),
  annotations: annotationTable,
  settings: settingTable,
  allow: allowTable,
  'exit-codes': exitCodeTable,
}

for (const [name, made] of Object.entries(sections))
  t.test(`README's ${name} say what the code says`, async t => {
    const readme = readFileSync('README.md', 'utf8')
    const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
    const [before, after] = [readme.indexOf(begin), readme.indexOf(end)]
    t.ok(before > 0 && after > before, 'the section is there')
    matchesGolden(t, 'README.md', `${readme.slice(0, before)}${begin}\n${made()}\n${readme.slice(after)}`)
  })
