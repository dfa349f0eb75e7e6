import t, { type Test } from 'tap'
import { readChart, renderChart, type Rendered } from '../../src/cli/chart.ts'

const files = {
  'Chart.yaml': 'name: small\nappVersion: 1.2.3',
  'values.yaml': 'a: {b: one, c: two}\nlist: [x, y]\non: false',
  'templates/_helpers.tpl': '{{ define "labels" }}of: {{ . }}{{ end }}',
}

const render = (t: Test, template: string, values = {}): readonly Rendered[] =>
  renderChart(
    readChart(
      t.testdir({
        'Chart.yaml': files['Chart.yaml'],
        'values.yaml': files['values.yaml'],
        files: { 'x.txt': 'word' },
        templates: {
          '_helpers.tpl': files['templates/_helpers.tpl'],
          'NOTES.txt': 'a note',
          'b.yaml': template,
          'a.yaml': 'first: 1\n',
          tests: { 'test.yaml': 'kind: Test' },
        },
      }),
    ),
    'here',
    values,
  )

const text = (t: Test, template: string, values = {}): string | undefined =>
  render(t, template, values).find(({ name }) => name === 'b.yaml')?.text

t.test('manifests come by name, without notes, tests, helpers, and those that are empty', async t => {
  t.same(render(t, 'b: {{ .Release.Namespace }}\n\n'), [
    { name: 'a.yaml', text: 'first: 1\n' },
    { name: 'b.yaml', text: 'b: here\n' },
  ])
  t.same(
    render(t, '{{ if .Values.on }}b: 1{{ end }}\n').map(({ name }) => name),
    ['a.yaml'],
  )
})

t.test('values are put in the place of the own ones map by map, and lists as a whole', async t => {
  const all = '{{ toYaml .Values }}'
  t.equal(text(t, all), 'a:\n  b: one\n  c: two\nlist:\n- x\n- "y"\n"on": false\n')
  t.equal(
    text(t, all, { a: { c: 3 }, list: [], on: { z: true } }),
    'a:\n  b: one\n  c: 3\nlist: []\n"on":\n  z: true\n',
  )
})

t.test(
  'templates have what Helm gives them: includes, its functions, the version, files, and values that are not there',
  async t => {
    t.equal(text(t, 'a:{{ include "labels" "me" | nindent 2 }}'), 'a:\n  of: me\n')
    t.equal(text(t, '{{ .Chart.AppVersion | quote }} {{ .Files.Get "files/x.txt" }}'), '"1.2.3" word\n')
    t.equal(text(t, '{{ with .Values.nothing }}{{ . }}{{ else }}none{{ end }}'), 'none\n')
  },
)

t.test('a mistake in a chart is an error that names it', async t => {
  t.throws(() => text(t, '{{ unknown }}'), /templates\/b\.yaml: .*unknown/)
  t.throws(() => text(t, '{{ .Files.Get "nowhere" }}'), /nowhere/)
  t.throws(() => renderChart(new Map(), 'here', {}), { message: 'the chart has no file values.yaml' })
})
