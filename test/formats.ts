import t from 'tap'
import { contentsOf } from '../src/agent/formats.ts'
import { makeTemplate, withTemplates } from '../src/agent/templates.ts'
import { formats, type OutputFile } from '../src/contract.ts'
import { parseJson } from '../src/vault/json.ts'
import { entry } from './fixtures/agent.ts'
import { sectionIs } from './fixtures/page.ts'

const secret = String.raw`{"user": "web", "db-password": "it's \"$HOME\"; #1", "port": 5432, "ratio": 1.10, "hosts": ["a", "b"]}`
const pem = (kind: string, text: string) => String.raw`-----BEGIN ${kind}-----\n${text}\n-----END ${kind}-----`
const certificate = `{"certificate": "${pem('CERTIFICATE', 'of the leaf')}", "private_key": "${pem('PRIVATE KEY', 'its key')}", "issuing_ca": "${pem('CERTIFICATE', 'of the CA')}", "ca_chain": ["${pem('CERTIFICATE', 'of the CA')}", "${pem('CERTIFICATE', 'of the root')}"]}`
const aws =
  '{"access_key": "AKIAIOSFODNN7EXAMPLE", "secret_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "security_token": "FQoGZXIvYXdz"}'
const plain = '{"user": "web", "db.password": "a=b;c#d", "port": 5432, "hosts": ["a", "b"]}'

/** What stands in the place of the usual secret, and what is said of the file besides its name and format. */
const examples: Readonly<Record<string, { readonly of?: string; readonly file?: Partial<OutputFile> }>> = {
  ini: { of: plain },
  raw: { file: { key: 'user' } },
  cert: { of: certificate },
  bundle: { of: certificate },
  aws: { of: aws },
  template: { file: { template: 'url = postgres://{{ .user }}@db:{{ .port }}\n' } },
}

const fence = (info: string, text: string): string => `\`\`\`${info}\n${text.replace(/\n?$/, '\n')}\`\`\``

const templated = (output: OutputFile, data: Readonly<Record<string, unknown>>): string => {
  const inputs = { env: {}, now: 0, own: data, data, value: () => undefined, body: (value: object) => value }
  const made = makeTemplate(output, inputs)
  return made.kind === 'made' ? made.contents.toString() : ''
}

/** A file as it is written, and the entry of a secrets file that asks for it. */
const example = async (format: (typeof formats)[number]): Promise<string> => {
  const { of, file } = examples[format] ?? {}
  const [asks] = await withTemplates([entry('a/b', {}, { files: [{ name: 'app', format, ...file }] })], 'the page')
  const [output] = asks?.files ?? []
  if (output === undefined) throw new Error('no file')
  const data = parseJson(of ?? secret) as Readonly<Record<string, unknown>>
  const files: readonly (readonly [name: string, content: string, ...unknown[]])[] =
    format === 'template' ? [['app', templated(output, data)]] : contentsOf(output, 'a/b', data, undefined)
  const asked = `- ${JSON.stringify({ name: 'app', ...(format === 'template' ? {} : { format }), ...file })
    .replaceAll(/"(\w+)":/g, '$1: ')
    .replaceAll(',', ', ')}`
  return [
    fence('yaml', asked.replaceAll(/: "(\w+)"/g, ': $1')),
    ...(of === undefined ? [] : [fence('json', of)]),
    ...files.map(([name, content]) => `\`${name}\`\n\n${fence('', content)}`),
  ].join('\n\n')
}

const page = 'docs/formats.md'

for (const name of ['secret', ...formats] as const)
  t.test(`${page}: ${name} is what the code makes`, async t => {
    sectionIs(t, page, name, name === 'secret' ? fence('json', secret) : await example(name))
  })
