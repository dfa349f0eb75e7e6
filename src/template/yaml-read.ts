import { TemplateError } from './errors.ts'
import type { Run, Value } from './value.ts'

export const parseYaml = (_text: string, _run: Run): Value => {
  throw new TemplateError('not yet')
}
