import { readFileSync } from 'node:fs'
import t from 'tap'
import { exitCodes } from '../src/errors.ts'
import { annotations } from '../src/inject/annotations.ts'
import { type AllowRule, allowRules } from '../src/webhook/allow.ts'
import { serverSettings } from '../src/webhook/server-settings.ts'
import { sectionIs, table } from './fixtures/page.ts'

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

const sections: readonly (readonly [page: string, name: string, made: () => string])[] = [
  ['README.md', 'example', () => yaml('docs/example.yaml')],
  ['docs/annotations.md', 'annotations', annotationTable],
  ['docs/settings.md', 'settings', settingTable],
  ['docs/settings.md', 'allow', allowTable],
  ['docs/command-line.md', 'exit-codes', exitCodeTable],
]

for (const [page, name, made] of sections)
  t.test(`${page}: ${name} is what the code says`, async t => {
    sectionIs(t, page, name, made())
  })
