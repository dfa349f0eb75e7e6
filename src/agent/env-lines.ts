// PURE: the lines of the `env` file, for the kubelet or for a shell.
import { names } from '../contract.ts'
import { PodvaultError } from '../errors.ts'

/** What is no text is JSON. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** The kubelet reads `env` with a scanner that takes lines of up to 64 KiB, newline included. */
const longestLine = 64 * 1024 - 1

/**
 * A line in the grammar of fileKeyRef: nothing can be escaped in it, and an empty value counts as missing.
 * @param elsewhere where the value stands besides
 * @throws PodvaultError naming the variable
 */
export const kubeletLine = (name: string, value: string, elsewhere: string): string => {
  const line = `${name}='${value}'\n`
  const problem =
    value === ''
      ? 'is empty, which Kubernetes takes for missing'
      : value.includes("'")
        ? 'has a single quote in it'
        : value.includes('\r\n')
          ? 'has CRLF line ends, which would come out as LF'
          : (unwritable(value) ?? (line.split('\n').some(tooLong) ? 'has a line of more than 64 KiB' : undefined))
  if (problem !== undefined) throw uncarried(name, problem, `set podvault.dev/env: file, or read ${elsewhere}`)
  return line
}

const tooLong = (line: string): boolean => new TextEncoder().encode(line).length > longestLine

/** A line for `source` in any POSIX shell. @throws PodvaultError naming the variable */
export const shellLine = (name: string, value: string, elsewhere: string): string => {
  const isName = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
  if (!isName || isShells(name))
    throw uncarried(
      name,
      isName ? 'is one that shells keep for themselves' : 'has a name no shell knows',
      `name it in the secrets file, as NAME=path#key, or set podvault.dev/env: none and read ${elsewhere}`,
    )
  const problem = unwritable(value)
  if (problem !== undefined) throw uncarried(name, problem, `set podvault.dev/env: none and read ${elsewhere}`)
  return `${name}=${shellValue(value)}\n`
}

/**
 * Variables of bash, dash and busybox that take no value or another one; some even calculate what they are given, and so
 * would run a value that begins like an index.
 */
export const isShells = (name: string): boolean =>
  /^(?:_|E?UID|PPID|OPTIND|LINENO|S?RANDOM|SECONDS|GROUPS|DIRSTACK|FUNCNAME|HISTCMD|EPOCH(?:SECONDS|REALTIME)|SHELLOPTS|BASH(?!_ENV$)\w*)$/.test(
    name,
  )

export const shellValue = (value: string): string => `'${value.replaceAll("'", String.raw`'\''`)}'`

/** What no line of text can carry. */
export const unwritable = (value: string): string | undefined => {
  if (value.includes('\0')) return 'has a NUL byte in it'
  return value.isWellFormed() ? undefined : 'is not valid Unicode'
}

const uncarried = (name: string, problem: string, hint: string): PodvaultError =>
  new PodvaultError('failed', `the variable ${name} ${problem}, so the ${names.envFile} file cannot carry it`, { hint })
