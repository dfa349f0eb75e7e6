import type { TemplateProblem } from './errors.ts'
import { functionNames } from './names.ts'
import type { Templates } from './nodes.ts'
import { parse } from './parse.ts'
import { refused } from './refused.ts'

/** A template that was read. */
export type Template = { readonly text: string; readonly templates: Templates }

/** Empty ones are the usual ones. */
export type Delimiters = { readonly left?: string; readonly right?: string }

/** Reads a template of consul-template; `line` tells a problem from a template. */
export const parseTemplate = (text: string, { left = '', right = '' }: Delimiters = {}): Template | TemplateProblem => {
  const parsed = parse(text, left === '' ? '{{' : left, right === '' ? '}}' : right, known)
  return 'message' in parsed ? parsed : { text, templates: parsed }
}

const known = (name: string): boolean => functionNames.has(name) || Object.hasOwn(refused, name)
