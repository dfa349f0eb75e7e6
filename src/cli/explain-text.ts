import type { Added } from '../inject/explain.ts'
import type { Report } from './explain-report.ts'
import type { Registered } from './registered.ts'

/** A report as people read it. @param all settings that nobody gives a value, too */
export const reportText = (report: Report, all: boolean): string => {
  const { problems, warnings, settings, added, webhooks, notes } = report
  const held = all ? settings : settings.filter(({ value }) => value !== undefined)
  const parts = [
    section('problems', rows(problems.map(problem => [problem]))),
    section('warnings', rows(warnings.map(warning => [warning]))),
    section('settings', rows(held.map(({ annotation, value = '–', origin }) => [annotation, value, origin]))),
    section('added', added === undefined ? [] : rows(addedRows(added))),
    section('webhooks asked about pods', webhooks === undefined ? [] : rows(webhooks.flatMap(webhookRows))),
    section('not known', rows(notes.map(note => [note]))),
  ]
  return [headOf(report), ...parts.flat(), `  next: ${clean(report.nextStep)}`, ''].join('\n')
}

const headOf = (report: Report): string => {
  const { kind, namespace, name, verdict, reason, because, engine, hash, present, isLive } = report
  const title = clean(`${kind} ${namespace}/${name === '' ? '(no name)' : name}`)
  const details = engine === undefined ? '' : ` (engine ${engine}, settings ${hash})`
  // The code is what metrics, logs and audit annotations say.
  const code = reason === 'injected' ? '' : ` (${reason})`
  const today = `a new one would be ${verdict} today${code}: ${because}${details}`
  if (present !== undefined) {
    const by = clean(`injected by podvault ${present.version}, settings ${present.hash}`)
    return `${title}: ${by}; ${present.upToDate ? 'a new one would be the same' : today}`
  }
  return isLive && kind === 'Pod'
    ? `${title}: not injected; ${today}`
    : `${title}: ${verdict}${code}: ${because}${details}`
}

const addedRows = ({
  containers,
  volumes,
  mounts,
  env,
  shareProcessNamespace,
}: Added): readonly (readonly string[])[] => [
  ...containers.map(({ kind, name, image }) => [kind, name, image]),
  ...volumes.map(({ name, source }) => ['volume', name, source]),
  ...mounts.map(({ container, path, volume }) => ['mount', container, `${path} from ${volume}`]),
  ...env.map(({ container, variable }) => ['variable', container, variable]),
  ...(shareProcessNamespace ? [['pod', 'shareProcessNamespace', 'true']] : []),
]

const seeing = { yes: 'sees it', no: 'does not see it', perhaps: 'may see it' } as const

const webhookRows = ({ name, isPodvault, sees, because, conditions, failurePolicy }: Registered) => [
  [name, isPodvault ? 'podvault' : 'another', `${seeing[sees]}${because === undefined ? '' : `: ${because}`}`],
  ...(isPodvault
    ? conditions.map(condition => [
        '',
        `when ${condition.name}`,
        `${holding(condition.holds)}: ${condition.expression}`,
      ])
    : []),
  ...(isPodvault ? [['', 'when it fails', failurePolicy === 'Ignore' ? 'pods pass' : 'pods are refused']] : []),
]

const holding = (holds: boolean | undefined): string =>
  holds === undefined ? 'unknown here' : holds ? 'holds' : 'does not hold'

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`  ${title}`, ...lines.map(line => `    ${line}`)]

/** Columns as wide as their widest cell; all rows have as many. */
export const rows = (table: readonly (readonly string[])[]): readonly string[] => {
  const cells = table.map(row => row.map(clean))
  const widths = (cells[0] ?? []).map((_cell, column) => Math.max(...cells.map(row => String(row[column]).length)))
  return cells.map(row =>
    row
      .map((cell, column) => cell.padEnd(Number(widths[column])))
      .join('  ')
      .trimEnd(),
  )
}

/** What others wrote must not steer the terminal. */
export const clean = (text: string): string =>
  text.replaceAll(/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu, character =>
    character === '\n' ? ' ' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
