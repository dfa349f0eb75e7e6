import { isYaml, type ParsedSecretsFile, parseSecretsFile } from './secrets-file.ts'
import { parseYamlSecretsFile } from './yaml-secrets-file.ts'

/** Reads a secrets file in whichever of the two syntaxes it is written. */
export const readSecretsFile = (text: string): ParsedSecretsFile =>
  isYaml(text) ? parseYamlSecretsFile(text) : parseSecretsFile(text)
