import type { ParsedSecretsFile } from './secrets-file.ts'

/** Reads a secrets file in YAML. Strict: whatever it does not know is a problem, with line and column. */
export const parseYamlSecretsFile = (_text: string): ParsedSecretsFile => ({
  problems: [{ line: 1, column: 1, message: 'YAML is not read yet' }],
})
