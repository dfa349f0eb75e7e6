import { LineCounter, parseAllDocuments, parseDocument, type YAMLError } from 'yaml'
import { PodvaultError } from '../errors.ts'
import { yamlOptions } from './edit-manifest.ts'

/** One document of a manifest: its text with whatever stands behind it, and what it says as plain JSON. */
export type ManifestDocument = { readonly text: string; readonly value: unknown }

/** A file of manifests, or what came from stdin. */
export type Manifest = { readonly name: string; readonly documents: readonly ManifestDocument[] }

/**
 * Reads a file of manifests.
 * @param name of the file, for error messages
 * @throws PodvaultError `usage` naming line and column where it is no YAML
 */
export const readManifest = (text: string, name: string): Manifest => ({
  name,
  documents: splitDocuments(text, name).map(part => ({ text: part, value: plain(part, name) })),
})

export const textOf = ({ documents }: Manifest): string => documents.map(({ text }) => text).join('')

/** Cuts a file before each document; what stands between two belongs to the one above. */
const splitDocuments = (text: string, name: string): readonly string[] => {
  const lineCounter = new LineCounter()
  const documents = [...parseAllDocuments(text, { ...yamlOptions, lineCounter })]
  const [error] = documents.flatMap(({ errors }) => errors)
  if (error !== undefined) {
    const { line, col } = lineCounter.linePos(error.pos[0])
    throw new PodvaultError('usage', `${name}:${line}:${col}: this is no YAML: ${words(error)}`)
  }
  const starts = [0, ...documents.slice(1).map(({ range }) => range[0])]
  return starts.map((start, index) => text.slice(start, starts[index + 1]))
}

/** The parser's own message may quote the file, and that a secret. */
const words = ({ code }: YAMLError): string => code.toLowerCase().replaceAll('_', ' ')

/** A document as plain JSON, nothing shared in it. */
export const plain = (text: string, name: string): unknown => {
  const document = parseDocument(text, yamlOptions)
  const [error] = document.errors
  if (error !== undefined) throw new PodvaultError('usage', `${name} is no YAML: ${words(error)}`)
  try {
    return JSON.parse(JSON.stringify(document.toJS() ?? null))
  } catch (cause) {
    const hint = 'an alias has no anchor, or aliases multiply beyond measure'
    throw new PodvaultError('usage', `${name} cannot be read`, { hint, cause })
  }
}
