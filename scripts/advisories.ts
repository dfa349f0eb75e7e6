import { isRecord } from '../src/shape.ts'

/** Advisories that do not concern podvault, by their addresses, and why not. */
export const explained: Readonly<Record<string, string>> = {}

export type Verdict = { readonly code: 0 | 1; readonly sentence: string }

/** What `npm audit --json` has found, in a sentence. A registry that answers no such question is no vulnerability. */
export const verdictOf = (stdout: string, exceptions = explained): Verdict => {
  const report = parse(stdout)
  const found = isRecord(report) ? report['vulnerabilities'] : undefined
  if (!isRecord(found)) {
    const said = isRecord(report) ? report['message'] : undefined
    const why = typeof said === 'string' ? said : 'no answer'
    return { code: 0, sentence: `not known: the registry does not answer (${why}); nothing was checked` }
  }
  const open = Object.entries(found).flatMap(([name, each]) =>
    urlsOf(each).flatMap(url => (Object.hasOwn(exceptions, url) ? [] : [`${name}: ${url}`])),
  )
  return open.length === 0
    ? { code: 0, sentence: 'no dependency has a known vulnerability that concerns podvault' }
    : { code: 1, sentence: `known vulnerabilities:\n  ${[...new Set(open)].join('\n  ')}` }
}

/** Of the advisories themselves; a text names a dependency whose own entry has them. */
const urlsOf = (vulnerability: unknown): readonly string[] => {
  const via = isRecord(vulnerability) && Array.isArray(vulnerability['via']) ? vulnerability['via'] : []
  return via.flatMap((each: unknown) => (isRecord(each) ? [String(each['url'])] : []))
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
