import { type Node } from 'yaml'
import { prefix } from '../inject/annotations.ts'
import { checkAnyDefaults } from '../inject/defaults.ts'
import { word } from '../inject/kinds.ts'
import { profileAnnotation } from '../inject/layers.ts'
import { nearest } from '../inject/nearest.ts'
import { quote } from '../inject/quote.ts'
import { type Allow, safest, type Texts } from '../inject/settings.ts'
import { readAllow } from './allow.ts'
import { serverSettings, type Setting } from './server-settings.ts'
import { type Member, readYaml, type YamlReader } from './yaml-reader.ts'

/** The operator's file. */
export type ConfigFile = {
  /** Settings of the server by the names of their flags; each text has been read, and is allowed. */
  readonly server: Readonly<Record<string, string>>
  /** Annotations by full name, here and below. */
  readonly defaults: Texts
  readonly profiles: Readonly<Record<string, Texts>>
  readonly namespaces: Readonly<Record<string, Texts>>
  readonly allow: Allow
}

export const emptyConfigFile: ConfigFile = { server: {}, defaults: {}, profiles: {}, namespaces: {}, allow: safest }

/** Its own place is not for the file to say. */
const serverKeys = Object.keys(serverSettings).filter(name => name !== 'config')

/**
 * Reads the operator's file. Strict: what it does not know, or would not take from a pod, stops the start.
 * @throws PodvaultError `usage` with all problems, each with file, line and column
 */
export const parseConfigFile = (text: string, path: string): ConfigFile =>
  readYaml(text, path, (root, reader) => {
    const members = reader.members(root, 'the file', [...serverKeys, 'defaults', 'profiles', 'namespaces', 'allow'])
    const find = (name: string): Node | undefined => members.find(member => member.name === name)?.value
    const profiles = reader
      .members(find('profiles'), 'profiles')
      .map(({ name, key, value }) => [name, readProfile(name, key, value, reader)] as const)
    const known = profiles.map(([name]) => name)
    const namespaces = reader
      .members(find('namespaces'), 'namespaces')
      .map(({ name, key, value }) => [name, readNamespace(name, key, value, known, reader)] as const)
    return {
      server: Object.fromEntries(
        members
          .filter(({ name }) => serverKeys.includes(name))
          .map(member => [member.name, readServer(member, reader)]),
      ),
      defaults: readTexts(find('defaults'), 'defaults', reader, choosing(known, reader)),
      profiles: Object.fromEntries(profiles),
      namespaces: Object.fromEntries(namespaces),
      allow: readAllow(find('allow'), reader),
    }
  })

const readServer = ({ name, value }: Member, reader: YamlReader): string => {
  const text = reader.text(value, name)
  const { read, allowed } = (serverSettings as Readonly<Record<string, Setting<unknown>>>)[name] as Setting<unknown>
  // An empty text takes the setting away.
  if (text !== undefined && text !== '' && read(text) === undefined)
    reader.wrong(value, `${name} is ${quote(text)}; allowed: ${allowed}`)
  return text ?? ''
}

const readProfile = (name: string, key: Node, value: Node, reader: YamlReader): Texts => {
  if (word('').read(name) === undefined)
    reader.wrong(key, `${quote(name)} is no name of a profile: a word without blanks`)
  return readTexts(value, `profiles.${name}`, reader, node => reader.wrong(node, 'a profile cannot choose a profile'))
}

const readNamespace = (
  name: string,
  key: Node,
  value: Node,
  profiles: readonly string[],
  reader: YamlReader,
): Texts => {
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) reader.wrong(key, `${quote(name)} is no name of a namespace`)
  return readTexts(value, `namespaces.${name}`, reader, choosing(profiles, reader))
}

/** What to do where a profile is chosen. */
type Choice = (node: Node, name: string) => undefined

const choosing =
  (profiles: readonly string[], reader: YamlReader): Choice =>
  (node, name) => {
    if (profiles.includes(name)) return
    const near = profiles.length === 0 ? undefined : nearest(name, profiles)
    const hint = near === undefined ? `defined here: ${profiles.join(', ') || 'none'}` : `did you mean ${quote(near)}?`
    reader.wrong(node, `there is no profile ${quote(name)}; ${hint}`)
  }

const readTexts = (node: Node | undefined, what: string, reader: YamlReader, choose: Choice): Texts => {
  const texts = new Map<string, string>()
  for (const { name: written, key, value } of reader.members(node, what)) {
    const name = written.includes('/') ? written : prefix + written
    const text = reader.text(value, `${what}.${written}`)
    if (text === undefined) continue
    if (texts.has(name)) reader.wrong(key, `${name} stands in ${what} twice, with its prefix and without`)
    texts.set(name, text)
    if (name === profileAnnotation) choose(value, text)
    else
      for (const { reason, message } of checkAnyDefaults({ [name]: text }))
        reader.wrong(reason === 'unknown-annotation' ? key : value, message)
  }
  return Object.fromEntries(texts)
}
