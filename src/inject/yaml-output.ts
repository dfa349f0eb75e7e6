import type { Node } from 'yaml'
import { fileNamesOf, type Format, formats, type OutputFile } from '../contract.ts'
import { membersOf, oneOf, type Read, readingOf, scalarAs } from './yaml-nodes.ts'

/** Names that have been given; whoever gives one again is the problem. */
export type Seen = { readonly variables: Set<string>; readonly files: Set<string> }

/** One value of a secret. */
export const readKey = scalarAs('what stands behind a variable must be a key of the secret, as password', text =>
  text === '' ? undefined : text,
)

const outputKeys = ['name', 'format', 'key', 'decode', 'template', 'template-file', 'mode'] as const

/** A member of `files`. */
export const readOutput =
  (seen: Seen): Read<OutputFile> =>
  (node, report) => {
    const members = membersOf(node, 'a file', outputKeys, report)
    if (members === undefined) return undefined
    const read = readingOf(members, report)
    const name = read('name', readName)
    if (!members.has('name')) report(node, 'a file needs a name')
    const [key, mode] = [read('key', readKey), read('mode', readMode)]
    const decode = read('decode', oneOf('decode', ['base64']))
    const [template, templateFile] = [read('template', readText), read('template-file', readTemplateFile)]
    const templated = members.has('template') || members.has('template-file')
    const given = read('format', readFormat)
    const format = given ?? (templated ? 'template' : undefined)
    for (const each of name === undefined ? [] : fileNamesOf({ name, format: format ?? 'json' })) {
      if (seen.files.has(each)) report(node, `the file ${each} is given above; give one of them another name`)
      seen.files.add(each)
    }
    const mistake = formatMistake(members, given)
    if (mistake !== undefined) report(node, mistake)
    return {
      name: name ?? '',
      format: format ?? 'json',
      ...(key !== undefined && { key }),
      ...(decode !== undefined && { decode }),
      ...(template !== undefined && { template }),
      ...(templateFile !== undefined && { templateFile }),
      ...(mode !== undefined && { mode }),
    }
  }

const formatMistake = (members: ReadonlyMap<string, Node>, format: Format | undefined): string | undefined => {
  const templates = ['template', 'template-file'].filter(name => members.has(name)).length
  if (templates > 1) return 'template and template-file exclude each other; keep one'
  if (templates === 0 && format === 'template') return 'format template needs a template, or a template-file'
  if (templates > 0 && members.has('format') && format !== 'template')
    return 'a template makes the format; leave the format out, or the template'
  if (templates === 0 && !members.has('format')) return `a file needs a format (${formats.join(', ')}), or a template`
  if (members.has('key') && format !== 'raw') return 'key belongs to format raw, which writes one value'
  if (members.has('decode') && format !== 'raw') return 'decode belongs to format raw, which writes one value'
  return undefined
}

const readFormat = oneOf('format', formats)
const readText = scalarAs('template must be text', text => text)

const readName = scalarAs(
  'the name of a file is a relative path of letters, digits, ".", "_" and "-", without "..", and not env or token, which podvault writes itself',
  text =>
    /^(?!\/)(?:(?:^|\/)(?!\.\.?(?:\/|$)|\.\.)[\w.-]{1,253})+$/.test(text) && !/^(?:env|token)$/.test(text)
      ? text
      : undefined,
)

const readTemplateFile = scalarAs(
  'template-file must be a file of a ConfigMap in podvault.dev/secrets-file, as /etc/secrets.d/app.ctmpl',
  text =>
    /^\/etc\/secrets\.d\/(?:(?!\.)[\w.-]+\/)?(?!\.\.)[\w.-]+\.(?:ctmpl|tmpl|tpl)$/.test(text) ? text : undefined,
)

/** Written as chmod knows it; YAML itself would read 0400 as four hundred. */
const readMode = scalarAs(
  'mode must be three octal digits with a 0 in front, as "0400"; the owner reads in any case',
  text => (/^0[4-7][0-7]{2}$/.test(text) ? Number.parseInt(text, 8) : undefined),
)
