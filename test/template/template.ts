import fc from 'fast-check'
import t from 'tap'
import { functions } from '../../src/template/functions.ts'
import { refused } from '../../src/template/refused.ts'
import { parseTemplate } from '../../src/template/read.ts'
import { defaultLimits, execute, type Outcome, type Sources } from '../../src/template/template.ts'
import { matchesGo, render, sources } from '../fixtures/templates.ts'

const run = (template: string, from: Partial<Sources> = {}, limits = defaultLimits): Outcome => {
  const parsed = parseTemplate(template)
  if ('message' in parsed) return { kind: 'failed', asked: [], ...parsed }
  return execute(parsed, { ...sources(), ...from }, { limits })
}

const text = (outcome: Outcome): string =>
  outcome.kind === 'rendered' ? Buffer.from(outcome.contents).toString() : JSON.stringify(outcome)

t.test('the language comes out as it does in Go', async t => {
  matchesGo(t, 'language')
})

t.test('a problem names its place', async t => {
  t.strictSame(parseTemplate('a\n  {{ nope }}'), { line: 2, column: 6, message: 'there is no function nope' })
  t.match(run('é{{ fail }}'), { kind: 'failed', line: 1, column: 5 })
  t.match(run('\n{{ base64Decode "!" }}'), { line: 2, column: 4, message: 'base64Decode: this is no base64' })
  t.match(parseTemplate('x'.repeat(1024 * 1024 + 1)), { message: /1 MiB/ })
})

t.test('what is not read yet is asked for, round after round', async t => {
  const template = '{{ range secrets "kv/list" }}{{ with secret (printf "kv/%s" .) }}{{ .Data.v }}{{ end }}{{ end }}'
  const answers = new Map<string, unknown>()
  const answer: NonNullable<Sources['answer']> = ({ path }) => answers.get(path)
  const list = { method: 'list', path: 'kv/list', params: {} }
  t.strictSame(run(template, { answer }), { kind: 'missing', requests: [list], asked: [list] })
  answers.set('kv/list', { data: { keys: ['b', 'a'] } })
  const reads = ['kv/a', 'kv/b'].map(path => ({ method: 'read', path, params: {} }))
  t.strictSame(run(template, { answer }), { kind: 'missing', requests: reads, asked: [list, ...reads] })
  answers.set('kv/a', { data: { v: 1.5 } }).set('kv/b', { data: { v: 'x' } })
  const outcome = run(template, { answer })
  t.equal(text(outcome), '1.5x')
  t.match(outcome, { requests: [{ path: 'kv/list' }, { path: 'kv/a' }, { path: 'kv/b' }] })
})

t.test('without anything to hash with, a hash is an error', async t => {
  const parsed = parseTemplate('{{ md5sum "a" }}')
  t.match('templates' in parsed && execute(parsed, { env: {}, now: 0 }), {
    message: /^md5sum: there is nothing to hash/,
  })
})

t.test('without answers, everything is missing', async t => {
  const parsed = parseTemplate('{{ secret "a" }}')
  t.match('templates' in parsed && execute(parsed, { env: {}, now: 0 }), { kind: 'missing', requests: [{ path: 'a' }] })
})

t.test('an error while something is missing waits for the answers, unlike in consul-template', async t => {
  const template = '{{ index (secret "a/b").Data "k" }}'
  t.match(run(template), { kind: 'missing', requests: [{ path: 'a/b' }] })
  t.equal(text(run(template, { answer: () => ({ data: { k: 'v' } }) })), 'v')
})

t.test('files are not written but given back', async t => {
  const outcome = run(
    '{{ "b" | writeToFile "/x/key" "app" "1000" "0600" "append,newline" }}{{ "c" | writeToFile "/y" "" "" "644" }}t',
  )
  t.equal(text(outcome), 't')
  t.strictSame(outcome.kind === 'rendered' && outcome.files, [
    {
      path: '/x/key',
      user: 'app',
      group: '1000',
      mode: 0o600,
      append: true,
      contents: new TextEncoder().encode('b\n'),
    },
    { path: '/y', user: '', group: '', mode: 0o644, append: false, contents: new TextEncoder().encode('c') },
  ])
})

t.test('bytes that are no text come out as they are', async t => {
  const outcome = run('{{ base64Decode "AP/+gA==" }}{{ "\\xc3" }}{{ "\\xa9" }}')
  t.equal(outcome.kind === 'rendered' && Buffer.from(outcome.contents).toString('hex'), '00fffe80c3a9')
})

t.test('what it was given stays as it was', async t => {
  const body = { data: { a: { b: 1 }, list: [1] } }
  const before = JSON.stringify(body)
  const outcome = run(
    '{{ $d := (secret "x").Data }}{{ sprig_set $d "z" 1 }}{{ sprig_set $d.a "b" 2 }}{{ sprig_unset $d "list" }}{{ (secret "x").Data.a.b }}',
    { answer: () => body },
  )
  t.match(text(outcome), /2$/)
  t.equal(JSON.stringify(body), before)
})

t.test('a function that is refused is known, and fails by its name', async t => {
  t.match(run('{{ key "a" }}'), { kind: 'failed', message: 'the function key is not supported' })
  t.match(run('{{ secret "a:b/c" }}'), { message: /":"/ })
  t.match(run('{{ secret "a/%zz" }}'), { message: /"%"/ })
})

t.test('a fault that is not of the template is not hidden', async t => {
  const answer = (): never => {
    throw new TypeError('ours')
  }
  t.throws(() => run('{{ secret "a" }}', { answer }), TypeError)
})

const hostile: Readonly<Record<string, string>> = {
  'a loop without end': '{{ range loop 1000000000000 }}{{ end }}',
  'loops in loops': '{{ range 1000000 }}{{ range 1000000 }}{{ end }}{{ end }}',
  'a text that doubles': `{{ $x := "0123456789" }}${'{{ $x = print $x $x }}'.repeat(40)}`,
  'a list that doubles': `{{ $x := sprig_list 1 }}${'{{ $x = sprig_concat $x $x }}'.repeat(40)}{{ len $x }}`,
  'a list of itself, twice': `{{ $x := sprig_list 1 }}${'{{ $x = sprig_list $x $x }}'.repeat(40)}{{ print $x }}`,
  'the same in JSON': `{{ $x := sprig_list 1 }}${'{{ $x = sprig_list $x $x }}'.repeat(40)}{{ toJSON $x }}`,
  'the same in YAML': `{{ $x := sprig_list 1 }}${'{{ $x = sprig_list $x $x }}'.repeat(40)}{{ toYAML $x }}`,
  'the same in TOML': `{{ $x := sprig_list 1 }}${'{{ $x = sprig_list $x $x }}'.repeat(40)}{{ toTOML $x }}`,
  'the same compared': `{{ $x := sprig_list 1 }}{{ $y := sprig_list 1 }}${'{{ $x = sprig_list $x $x }}{{ $y = sprig_list $y $y }}'.repeat(40)}{{ sprig_deepEqual $x $y }}`,
  'the same copied': `{{ $x := sprig_list 1 }}${'{{ $x = sprig_list $x $x }}'.repeat(40)}{{ sprig_deepCopy $x }}`,
  'a map in itself': '{{ $d := sprig_dict }}{{ sprig_set $d "d" $d }}{{ $d }}',
  'a map in itself, as JSON': '{{ $d := sprig_dict }}{{ if sprig_set $d "d" $d }}{{ end }}{{ toJSON $d }}',
  'a map in itself, merged':
    '{{ $d := sprig_dict }}{{ $e := sprig_dict }}{{ if sprig_set $d "d" $d }}{{ end }}{{ if sprig_set $e "d" $e }}{{ end }}{{ if sprig_merge $d $e }}{{ end }}',
  'much depth': `{{ $x := sprig_list }}{{ range loop 100000 }}{{ $x = sprig_list $x }}{{ end }}{{ print $x }}`,
  'a template in itself': '{{ define "t" }}{{ template "t" }}{{ end }}{{ template "t" }}',
  'executeTemplate of itself': '{{ define "t" }}{{ executeTemplate "t" }}{{ end }}{{ executeTemplate "t" }}',
  'a wide number':
    '{{ printf "%1000000d" 1 | printf "%s%s%s%s%s%s%s%s%s%s" "a" }}{{ range 1000 }}{{ printf "%1000000d" 1 }}{{ end }}',
  'a long number': '{{ range 1000 }}{{ printf "%.1000000f" 1.5 }}{{ end }}',
  repeat: '{{ sprig_repeat 1000000000000 "x" }}',
  indent: '{{ indent 1000000000 "x" }}',
  sprig_indent: '{{ sprig_nindent 1000000000 "x" }}',
  until: '{{ sprig_until 1000000000 }}',
  seq: '{{ sprig_seq 1 1000000000 }}',
  replace: '{{ $x := sprig_repeat 1000000 "x" }}{{ replaceAll "x" $x $x }}',
  join: '{{ $x := sprig_repeat 1000000 "x" }}{{ join $x (sprig_splitList "" $x) }}',
  'regex, backtracking':
    '{{ range 100 }}{{ if regexMatch "(a*)*(a*)*(a*)*b" (sprig_repeat 100000 "a") }}{{ end }}{{ end }}',
  'regex, replacing': '{{ $x := sprig_repeat 100000 "a" }}{{ regexReplaceAll "" $x $x }}',
  'regex, huge': '{{ regexMatch "((((a{100}){100}){100}){100})" "a" }}',
  'regex, deep': `{{ regexMatch "${'('.repeat(5000)}" "a" }}`,
  'searching again and again':
    '{{ $x := sprig_repeat 1000000 "x" }}{{ range loop 1000000000 }}{{ if contains "y" $x }}{{ end }}{{ end }}',
  'YAML, deep': '{{ parseYAML (sprig_repeat 100000 "[") }}',
  'YAML, deep blocks': '{{ parseYAML (sprig_repeat 100000 "- ") }}',
  'YAML, aliases': `{{ parseYAML "${Array.from({ length: 30 }, (_, at) => `a${at}: &a${at} [${at === 0 ? '' : `*a${at - 1}, *a${at - 1}`}]`).join('\\n')}" }}`,
  'JSON, deep': '{{ parseJSON (sprig_repeat 1000000 "[") }}',
  'huge decimals': `{{ sprig_mulf ${'1.2345678901234567 '.repeat(5000)} }}`,
  'a list in a list': '{{ $x := sprig_until 100000 }}{{ containsAll (sprig_concat $x) $x }}',
  'sorting again and again':
    '{{ $x := sprig_split "" (sprig_repeat 50000 "x") }}{{ range 100000 }}{{ range $x }}{{ break }}{{ end }}{{ end }}',
  'many variables': '{{ $x := 1 }}'.repeat(501),
  'a long file':
    '{{ $x := sprig_repeat 8000000 "x" }}{{ $x | writeToFile "/a" "" "" "0600" }}{{ $x | writeToFile "/b" "" "" "0600" }}',
  'a wrapped text': '{{ sprig_wrapWith 1 (sprig_repeat 100000 "y") (sprig_repeat 100000 "x") }}',
  'a forgiving function': `{{ $x := sprig_list 1 }}${'{{ $x = sprig_list $x $x }}'.repeat(40)}{{ sprig_toJson $x }}`,
  'a forgiving expression': '{{ range 1000000 }}{{ sprig_regexMatch "(a*)*b" (sprig_repeat 100000 "a") }}{{ end }}',
}

t.test('no template runs without end or fills memory', async t => {
  for (const [name, template] of Object.entries(hostile)) t.match(run(template), { kind: 'failed' }, name)
})

t.test('a text of any depth is read or refused', async t => {
  for (const part of [
    '(',
    '{{ if 1 }}',
    '{{ block "a" . }}',
    '{{ with 1 }}{{ else with 1 }}',
    '{{ (1 | ',
    '{{/*',
    '"',
    '{{ $x := ',
  ])
    t.hasProp(parseTemplate(`{{ ${part.repeat(3000)}`), 'message', part)
})

t.test('limits are what they are set to', async t => {
  t.match(run('{{ range 100 }}{{ . }}{{ end }}', {}, { steps: 50, bytes: 1000 }), {
    message: 'the template works too long',
  })
  t.match(run('{{ range 100 }}{{ . }}{{ end }}', {}, { steps: 5000, bytes: 50 }), {
    message: /writes more than 50 bytes/,
  })
  t.match(run('{{ len (sprig_repeat 51 "x") }}', {}, { steps: 5000, bytes: 50 }), {
    message: /text of more than 50 bytes/,
  })
})

const names = [...Object.keys(functions), ...Object.keys(refused)]
const word = fc.oneof(
  fc.constantFrom(
    '.',
    '$',
    '$x',
    '.Data',
    '.Data.data.list',
    '.Data.data',
    '"a"',
    '"%v %d"',
    '1',
    '-1',
    '1.5',
    'true',
    'nil',
    '(',
    ')',
    '|',
    ':=',
    '=',
    ',',
  ),
  fc.constantFrom(...names),
  fc.string(),
)
const action = fc.array(word, { maxLength: 8 }).map(words => `{{ ${words.join(' ')} }}`)
const piece = fc.oneof(
  action,
  action,
  fc.string(),
  fc.constantFrom(
    '{{ if 1 }}',
    '{{ range 3 }}',
    '{{ with secret "secret/data/app" }}',
    '{{ else }}',
    '{{ end }}',
    '{{ $x := 1 }}',
    '{{- /* c */ -}}',
    '{{ break }}',
  ),
)

t.test('any text is a template or a problem, and any template has an outcome', async t => {
  const from = sources()
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.boolean(), (pieces, errorOnMissingKey) => {
      const outcome = render({ template: pieces.join(''), errorOnMissingKey }, from)
      if (outcome.kind === 'failed') return outcome.message !== '' && outcome.line > 0 && outcome.column > 0
      return outcome.kind === 'missing' ? outcome.requests.length > 0 : outcome.contents.length <= defaultLimits.bytes
    }),
    { numRuns: 3000 },
  )
  t.pass('no run threw')
})

t.test('no message tells a value', async t => {
  const canary = 'cAnArY-4711'
  const answer = (): unknown => ({
    data: { [canary]: canary, text: canary, list: [canary], map: { [canary]: canary } },
  })
  const argument = fc.constantFrom(
    '.text',
    '.list',
    '.map',
    '(index .list 0)',
    '(printf "%s" .text)',
    '1',
    '"x"',
    '(split "" .text)',
  )
  const one = fc.tuple(fc.constantFrom(...Object.keys(functions)), fc.array(argument, { maxLength: 4 }))
  fc.assert(
    fc.property(one, ([name, args]) => {
      const outcome = run(`{{ with (secret "x").Data }}{{ ${name} ${args.join(' ')} }}{{ end }}`, { answer })
      return outcome.kind !== 'failed' || !outcome.message.includes('4711')
    }),
    { numRuns: 3000 },
  )
  t.pass('no message had it')
})
