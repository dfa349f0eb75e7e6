// PURE: findings as people and scripts read them.
import { version } from '../../version.ts'
import { checks, type Finding, levels, type Level } from './table.ts'
import { rows } from '../explain-text.ts'

/** The shape of `--output json`. */
export type CheckReport = {
  /** Of the podvault that has looked. */
  readonly version: string
  /** Where it has looked; absent in all of them, and in a pod. */
  readonly namespace?: string
  readonly counts: Readonly<Record<Level, number>>
  readonly findings: readonly Finding[]
}

/** In the order of the table. */
export const checkReport = (findings: readonly Finding[], namespace?: string): CheckReport => {
  const ids = Object.keys(checks)
  const counts = levels.map(level => [level, findings.filter(each => each.level === level).length] as const)
  return {
    version,
    ...(namespace !== undefined && { namespace }),
    counts: Object.fromEntries(counts) as Record<Level, number>,
    findings: findings.toSorted((one, other) => ids.indexOf(one.check) - ids.indexOf(other.check)),
  }
}

/** One line each: how it is, what was looked at, what was found, and what to do. */
export const checkText = ({ counts, findings }: CheckReport): string => {
  const lines = rows(
    findings.map(({ level, check, message, todo }) => [
      level,
      check,
      todo === undefined ? message : `${message} → ${todo}`,
    ]),
  )
  const said = levels.filter(level => counts[level] > 0).map(level => `${counts[level]} ${level}`)
  return `${lines.join('\n')}\n\n${said.join(', ')}\n`
}

/** Warnings, and what could not be looked at, fail nothing. */
export const checkCode = ({ counts }: Pick<CheckReport, 'counts'>): number => (counts.failure > 0 ? 1 : 0)
