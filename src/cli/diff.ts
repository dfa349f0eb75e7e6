import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff'
import type { Io } from '../command.ts'

/** What changed in a file, as a unified diff; nothing where nothing did. */
export const unifiedDiff = (name: string, before: string, after: string): string =>
  before === after
    ? ''
    : createTwoFilesPatch(name, name, before, after, undefined, undefined, { headerOptions: FILE_HEADERS_ONLY })

const escape = '\u001B'
const colors: Readonly<Record<string, string>> = { '-': '31', '+': '32', '@': '36' }

/** The lines of a diff in the colours of git. */
export const coloured = (diff: string): string =>
  diff.replaceAll(/^(?:(---|\+\+\+) .*|[-+@].*)$/gm, (line: string, header: string | undefined) => {
    const color = header === undefined ? colors[line.charAt(0)] : '1'
    return `${escape}[${color}m${line}${escape}[0m`
  })

export type When = 'auto' | 'always' | 'never'

/** Whether stdout should be coloured: when it is a terminal, unless somebody says otherwise. https://no-color.org */
export const wantsColor = (when: When, { env, stdout }: Pick<Io, 'env' | 'stdout'>): boolean => {
  if (when !== 'auto') return when === 'always'
  const isTerminal = 'isTTY' in stdout && stdout.isTTY === true
  return isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
}
