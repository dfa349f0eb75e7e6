// PURE: the table of injected workloads.
import { rows } from './explain-text.ts'
import type { StatusRow } from './status-rows.ts'

const units = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
  [1, 's'],
] as const

/** As kubectl has it: `5d`, `3h`, `12m`. @param now milliseconds since 1970 */
export const ageOf = (created: string, now: number): string => {
  const seconds = Math.max(0, Math.floor((now - Date.parse(created)) / 1000))
  if (Number.isNaN(seconds)) return '–'
  const [size, unit] = units.find(([each]) => seconds >= each * 2) ?? [1, 's']
  return `${Math.floor(seconds / size)}${unit}`
}

/** @param wide the hashes of the settings, too @param now milliseconds since 1970 */
export const statusText = (all: readonly StatusRow[], wide: boolean, now: number): string => {
  const head = ['NAMESPACE', 'WORKLOAD', 'PODS', 'READY', 'ENGINE', 'VERSION', 'AGE', 'INJECTED', 'DRIFT']
  const table = all.map(row => [
    row.namespace,
    row.workload,
    String(row.pods),
    `${row.ready}/${row.pods}`,
    row.engines.join(','),
    row.versions.join(','),
    ageOf(row.created, now),
    `${ageOf(row.injected, now)} ago`,
    driftText(row),
    ...(wide ? [row.hashes.join(',')] : []),
  ])
  return `${rows([[...head, ...(wide ? ['SETTINGS'] : [])], ...table]).join('\n')}\n`
}

/** `settings`; `2 of 3: settings`. */
const driftText = ({ drift, pods }: StatusRow): string => {
  const said = Object.entries(drift)
    .filter(([kind]) => kind !== 'none')
    .map(([kind, count]) => (count === pods ? kind : `${count} of ${pods}: ${kind}`))
  return said.length === 0 ? '–' : said.join(', ')
}
