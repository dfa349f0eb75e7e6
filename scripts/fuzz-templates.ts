// npm run fuzz:templates [-- RUNS [SEED]]: random templates, rendered by consul-template in Go and by ours; what differs is
// printed, each once per function. Needs Go. A difference that is mended becomes a case in test/template/cases.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import fc from 'fast-check'
import { functions } from '../src/template/functions.ts'
import type { Parameter } from '../src/template/value.ts'
import { expected, type Golden, render, sources, summary } from '../test/fixtures/templates.ts'

/** Not the same twice in Go itself, or not of this world: files are written, maps gone through in no order. */
const left = ['writeToFile', 'sprig_keys', 'sprig_values', 'sprig_uuidv4', 'executeTemplate']
const names = Object.keys(functions).filter(name => !left.includes(name) && !name.startsWith('sprig_rand'))

const texts = [
  '',
  'a',
  'abc',
  'Hello World',
  ' padded ',
  'a,b,,c',
  'a=1,b=2',
  'one\ntwo\n',
  'true',
  '12',
  '-7',
  '1.5',
  '0x1F',
  'héllo ☃ 😀',
  'aGVsbG8=',
  '_-=',
  '{"a":[1,2.5,"x"],"b":{"c":null}}',
  'a: 1\nb: [x, "y"]\n',
  '[1,2]',
  '<a href="x">\'&\'</a>',
  '%v %d %q',
  '%5.2f|%x|%+v',
  '(a+)(b)?',
  '[a-c]+',
  '$1-${2}',
  '1h30m',
  '2006-01-02',
  '/etc/../x/y.txt',
  'camelCaseWord',
  'snake_case-kebab',
  '\t\u00a0x\u2028',
  '\\x00\\xff',
]
const quoted = (text: string): string =>
  `"${text.replaceAll('\\x', '\u0001x').replaceAll('\\', '\\\\').replaceAll('\u0001x', '\\x').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\t', '\\t')}"`

const fields = [
  'username',
  'port',
  'ratio',
  'big',
  'debug',
  'nothing',
  'empty',
  'list',
  'numbers',
  'mixed',
  'nested',
  'nested.deep',
  'html',
  'multi',
  'quote',
  'unicode',
  'json',
  'zero',
  'negative',
  'exp',
  'emptylist',
  'emptymap',
  'absent',
]
const field = fc.constantFrom(...fields.map(name => `$d.${name}`), '$', '.', '$s', '$s.LeaseDuration', '$s.Renewable')

const { any } = fc.letrec<{ any: string; call: string; text: string }>(tie => {
  const text = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...texts).map(quoted) },
    { weight: 1, arbitrary: fc.string({ maxLength: 6, unit: 'grapheme-composite' }).map(each => JSON.stringify(each)) },
    {
      weight: 2,
      arbitrary: fc.constantFrom('$d.username', '$d.html', '$d.unicode', '$d.json', '$d.multi', '$d.quote'),
    },
    { weight: 1, arbitrary: tie('call') },
  )
  const whole = fc.oneof(fc.integer({ min: -3, max: 12 }).map(String), fc.constantFrom('0', '1', '0x10', '1_0', "'a'"))
  const argument = (type: Parameter): fc.Arbitrary<string> => {
    const fitting =
      type === 'string'
        ? text
        : type === 'int'
          ? whole
          : type === 'bool'
            ? fc.constantFrom('true', 'false', '$d.debug')
            : type === 'float64'
              ? fc.constantFrom('1.5', '2', '-0.1', '1e3')
              : type.startsWith('[]')
                ? fc.constantFrom('$d.list', '$d.numbers', '$d.mixed', '(sprig_list 1 "b" 2.5)', '(split "," "b,a")')
                : type.startsWith('map')
                  ? fc.constantFrom('$d', '$d.nested', '$d.emptymap', '(sprig_dict "k" "v" "n" 1)')
                  : tie('any')
    return fc.oneof({ weight: 12, arbitrary: fitting }, { weight: 1, arbitrary: tie('any') })
  }
  const call = fc.constantFrom(...names).chain(name => {
    const { parameters = [], rest } = functions[name] ?? {}
    const fixed = fc.tuple(...parameters.map(argument))
    const others = rest === undefined ? fc.constant([]) : fc.array(argument(rest), { maxLength: 3 })
    return fc.tuple(fixed, others).map(([one, two]) => `(${[name, ...one, ...two].join(' ')})`)
  })
  return {
    text,
    call,
    any: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      field,
      text,
      whole,
      fc.constantFrom('1.5', '1e6', 'true', 'nil', '$d.list', '$d.numbers'),
      call,
    ),
  }
})

const body = any.map(each => (each.startsWith('(') ? each.slice(1, -1) : each))
const trims = fc.constantFrom(['{{ ', ' }}'], ['{{ ', ' }}'], ['{{- ', ' }}'], ['{{ ', ' -}}']) as fc.Arbitrary<
  readonly [string, string]
>
const action = fc.tuple(trims, body).map(([[open, close], each]) => open + each + close)
const piece = fc.oneof(
  { weight: 6, arbitrary: action },
  {
    weight: 1,
    arbitrary: fc.constantFrom(' \n text ', '}} ', '{{/* c */}}', '{{ break }}', '{{ $x := 1 }}', '{{ $x }}'),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(body, action)
      .map(([of, inner]) => `{{ range $i, $e := ${of} }}{{ $i }}:{{ $e }}${inner},{{ else }}none{{ end }}`),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(body, action).map(([of, inner]) => `{{ with ${of} }}${inner}{{ . }}{{ else }}without{{ end }}`),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(body, action, action).map(([of, one, two]) => `{{ if ${of} }}${one}{{ else }}${two}{{ end }}`),
  },
  { weight: 1, arbitrary: fc.tuple(body, any).map(([one, two]) => `{{ ${one} | printf "%v/%s/%T" ${two} }}`) },
)
const template = fc
  .array(piece, { minLength: 1, maxLength: 3 })
  .map(pieces => `{{ $s := secret "secret/data/app" }}{{ with $s }}{{ $d := .Data.data }}${pieces.join('')}{{ end }}`)

const [, , runs = '20000', seed = String(Date.now() % 1_000_000)] = process.argv
/** Differences that are meant, as docs/templates.md has them; `words` are ours. */
const isMeant = ({ error = '' }: Golden, ours: ReturnType<typeof summary>, words: string): boolean =>
  // What is still missing is read first, and may cure the error.
  (error !== '' && ours !== 'error' && 'missing' in ours) ||
  // What sprig writes into the file where it has no base64; addresses of Go's memory; work without end; less than nothing.
  /is no base(?:32|64)|would print an address|a scratch is not printed|works too long|a chunk has at least/.test(words)

/** Go, which some templates kill: a map merged into itself has no end. */
const oracle = () => {
  const go = spawn(program, ['-serve'], { cwd: 'test/template/oracle', stdio: ['pipe', 'pipe', 'ignore'] })
  go.stdin.on('error', () => undefined)
  const answers = createInterface({ input: go.stdout })[Symbol.asyncIterator]()
  return {
    ask: async (question: object): Promise<Golden | undefined> => {
      go.stdin.write(`${JSON.stringify(question)}\n`)
      const answer = await answers.next()
      return answer.done === true ? undefined : (JSON.parse(answer.value) as Golden)
    },
    end: () => go.stdin.end(),
  }
}

const program = join(mkdtempSync(join(tmpdir(), 'podvault-oracle-')), 'oracle')
execFileSync('go', ['build', '-o', program, '.'], { cwd: 'test/template/oracle' })
let go = oracle()
const from = sources()
const seen = new Map<string, number>()
let [equal, errors, deaths] = [0, 0, 0]
const batch = 500
process.stdout.write(`${runs} templates, seed ${seed}\n`)
for (let done = 0; done < Number(runs); done += batch) {
  const questions = fc
    .sample(fc.record({ template, errorOnMissingKey: fc.boolean() }), { numRuns: batch, seed: Number(seed) + done })
    .filter(({ template: text }) => text.isWellFormed())
  for (const question of questions) {
    const golden = await go.ask(question)
    if (golden === undefined) {
      go = oracle()
      deaths += 1
      continue
    }
    const [ours, theirs] = [summary(render(question, from)), expected(golden)]
    if (JSON.stringify(ours) === JSON.stringify(theirs)) {
      equal += 1
      errors += theirs === 'error' ? 1 : 0
      continue
    }
    const words = JSON.stringify(render(question, from)).slice(0, 300)
    if (isMeant(golden, ours, words)) continue
    const kind = [...new Set(question.template.match(/\b(?:sprig_)?[a-z]\w+/g))]
      .filter(name => names.includes(name))
      .join(' ')
    seen.set(kind, (seen.get(kind) ?? 0) + 1)
    if (seen.get(kind) === 1)
      process.stdout.write(
        `\n${JSON.stringify(question)}\n  Go:   ${JSON.stringify(theirs)} ${golden.error ?? ''}\n  ours: ${JSON.stringify(ours)} ${words}\n`,
      )
  }
}
go.end()
process.stdout.write(
  `\n${equal} equal, ${errors} of them errors; ${deaths} killed Go; ${[...seen.values()].reduce((a, b) => a + b, 0)} differ\n`,
)
