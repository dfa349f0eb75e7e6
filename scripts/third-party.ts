import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A library of which at least a part is in the bundle. */
export type Package = {
  /** In this checkout: `node_modules/yaml`. */
  readonly folder: string
  readonly name: string
  readonly version: string
  /** As SPDX calls it. */
  readonly licence: string
  /** What it asks to be passed on. */
  readonly text: string
}

/** What may be passed on under Apache-2.0, with no more to do than to say whose it is. */
const compatible = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT', 'Unlicense']

/**
 * The libraries that source files belong to, by name.
 * @throws Error where one may not be passed on, or says nothing about it
 */
export const packagesIn = (sources: readonly string[]): readonly Package[] => {
  const folders = new Set(sources.flatMap(source => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(source)?.[0] ?? []))
  return [...folders].map(read).toSorted((a, b) => (titleOf(a) < titleOf(b) ? -1 : 1))
}

const read = (folder: string): Package => {
  const { name, version, license: licence } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  if (!compatible.includes(licence))
    throw new Error(`${name} has the licence ${JSON.stringify(licence)}, which is not known to go with Apache-2.0`)
  const files = readdirSync(folder).filter(each => /^(?:licen[cs]e|notice)(?:[.-]\w+)?$/i.test(each))
  const texts = files.sort().map(file => readFileSync(join(folder, file), 'utf8').replaceAll('\r', '').trim())
  return { folder, name, version, licence, text: texts.join('\n\n') || without(licence) }
}

const without = (licence: string): string =>
  `Its package names the licence and has no text of it: https://spdx.org/licenses/${licence}.html`

/** All of them in one text. */
export const licences = (packages: readonly Package[]): string =>
  [
    'podvault contains parts of these libraries. Its own licence is in LICENSE.\n',
    ...packages.map(each => `${titleOf(each)} (${each.licence})\n\n${each.text}\n`),
  ].join(`\n${'-'.repeat(80)}\n\n`)

const titleOf = ({ name, version }: Package): string => `${name} ${version}`
