import { isYaml, parseSecretsFile, type ParsedSecretsFile } from './secrets-file.ts'
import { parseYamlSecretsFile } from './yaml-secrets-file.ts'

/** Reads a secrets file in either of its syntaxes, told apart by what stands in it. */
export const readSecretsFile = (text: string): ParsedSecretsFile =>
  isYaml(text) ? parseYamlSecretsFile(text) : parseSecretsFile(text)
