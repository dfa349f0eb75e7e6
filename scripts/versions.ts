/** Everywhere that the version of podvault is written by hand: a file, and what stands before and after it there. */
export const versions = [
  ['package.json', /(\n {2}"version": ")([^"]+)(")/],
  ['package-lock.json', /(\{\n {2}"name": "podvault",\n {2}"version": ")([^"]+)(")/],
  ['package-lock.json', /("": \{\n {6}"name": "podvault",\n {6}"version": ")([^"]+)(")/],
  ['src/version.ts', /(export const version = ')([^']+)(')/],
  ['webhook-config/chart/Chart.yaml', /(\nversion: )(\S+)(\n)/],
  ['webhook-config/chart/Chart.yaml', /(\nappVersion: )(\S+)(\n)/],
  ['docs/check.md', /( localhost\/podvault:)(\S+)(\n)/],
  ['docs/check.md', /( podvault )(\S+)( answered\n)/],
  ['docs/check.md', /(\n {2}"version": ")([^"]+)(")/],
] as const satisfies readonly (readonly [file: string, place: RegExp])[]

/** @throws Error where there is no version at that place */
export const versionAt = (text: string, place: RegExp): string => {
  const found = place.exec(text)?.[2]
  if (found === undefined) throw new Error(`there is no version at ${String(place)}`)
  return found
}

export const withVersion = (text: string, place: RegExp, version: string): string =>
  text.replace(place, (_, before: string, __, after: string) => before + version + after)

/**
 * The changelog of https://keepachangelog.com with what is under "Unreleased" under a version.
 * @param date as it is to stand there
 * @throws Error where there is nothing to release
 */
export const withRelease = (changelog: string, version: string, date: string): string => {
  const heading = '## [Unreleased]\n'
  const rest = changelog.split(heading)[1]
  if (rest === undefined || /^\s*(?:## |$)/.test(rest)) throw new Error('CHANGELOG.md has nothing under "Unreleased"')
  return changelog.replace(heading, `${heading}\n## [${version}] - ${date}\n`)
}
