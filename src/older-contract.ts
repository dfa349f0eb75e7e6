import { isRecord } from './shape.ts'

type Members = Readonly<Record<string, unknown>>

/**
 * A PODVAULT_CONFIG as an earlier webhook has written it, as one of today, unchecked. What a file asks for were
 * `variables` once, each with its path.
 */
export const asToday = (config: Members): Members => {
  const { files } = config
  return Array.isArray(files) ? { ...config, files: files.map(fileOfToday) } : config
}

const fileOfToday = (file: unknown): unknown => {
  if (!isRecord(file) || !Array.isArray(file['variables'])) return file
  const { variables, ...rest } = file
  return { ...rest, entries: variables.map(entryOfToday) }
}

const entryOfToday = (variable: unknown): unknown => {
  if (!isRecord(variable)) return variable
  const { path, ...env } = variable
  return { path, env: [env], files: [] }
}

/**
 * Where a config has members that the checked one lacks: a webhook that is newer than this agent has written them.
 * Places, never what stands there.
 */
export const unknownIn = (given: unknown, known: unknown, at = ''): readonly string[] => {
  if (Array.isArray(given) && Array.isArray(known))
    return given.flatMap((each, index) => unknownIn(each, known[index], `${at}[${index}]`))
  if (!isRecord(given) || !isRecord(known)) return []
  return Object.entries(given).flatMap(([name, value]) => {
    const place = at === '' ? name : `${at}.${name}`
    return Object.hasOwn(known, name) ? unknownIn(value, known[name], place) : [place]
  })
}
