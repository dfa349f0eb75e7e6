import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parse as parseYaml } from 'yaml'
import { isRecord } from '../shape.ts'
import { fn, type Functions } from '../template/callable.ts'
import { digest } from '../template/digest.ts'
import { functions as ofConsulTemplate } from '../template/functions.ts'
import { fromVault } from '../template/json-read.ts'
import { parse } from '../template/parse.ts'
import { createScratch } from '../template/scratch.ts'
import { sprigFunctions } from '../template/sprig.ts'
import { dict, type Run, type Value } from '../template/value.ts'
import { runTemplate } from '../template/walk.ts'

/** The texts of a chart by their paths in its folder. */
export type Chart = ReadonlyMap<string, string>

export type Values = Readonly<Record<string, unknown>>

/** A file of manifests, named as its template. */
export type Rendered = { readonly name: string; readonly text: string }

export const readChart = (folder: string): Chart =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name))
      .map(path => [relative(folder, path), readFileSync(path, 'utf8')] as const),
  )

/**
 * The chart's manifests as `helm template` makes them, in the order of their names; notes and tests are left out. Knows of
 * Helm what our own chart uses.
 * @param values in the place of the chart's own, map by map
 * @throws Error where a template cannot be rendered, which is a mistake in the chart
 */
export const renderChart = (chart: Chart, namespace: string, values: Values): readonly Rendered[] => {
  const own = parseYaml(textAt(chart, 'values.yaml')) as Values
  const release = { Name: 'podvault', Namespace: namespace }
  const dot = dict([
    ['Values', fromVault(merged(own, values))],
    ['Release', fromVault(release)],
    ['Chart', fromVault({ AppVersion: parseYaml(textAt(chart, 'Chart.yaml')).appVersion })],
    ['Files', filesOf(chart)],
  ])
  const names = [...chart.keys()].filter(path => /^templates\/[^/]+\.yaml$/.test(path)).sort()
  return names
    .map(path => ({ name: path.replace('templates/', ''), text: renderFile(chart, path, dot) }))
    .filter(({ text }) => text.trim() !== '')
}

const textAt = (chart: Chart, path: string): string => {
  const text = chart.get(path)
  if (text === undefined) throw new Error(`the chart has no file ${path}`)
  return text
}

/** Maps are merged, anything else is replaced. */
const merged = (own: unknown, given: unknown): unknown =>
  isRecord(own) && isRecord(given)
    ? { ...own, ...Object.fromEntries(Object.entries(given).map(([key, value]) => [key, merged(own[key], value)])) }
    : given

const filesOf = (chart: Chart): Value => ({
  kind: 'struct',
  type: 'engine.files',
  pointer: false,
  fields: new Map(),
  methods: new Map([['Get', fn(['string'], ([path]) => textAt(chart, path))]]),
})

/** Where consul-template puts `sprig_` before the name, Helm has the name alone. */
const functions: Functions = {
  ...ofConsulTemplate,
  ...Object.fromEntries(Object.entries(sprigFunctions).map(([name, call]) => [name.slice('sprig_'.length), call])),
  toYaml: ofConsulTemplate['toYAML'] as Functions[string],
  include: fn(['string', 'any'], ([name, dot], run) => run.include(name, dot)),
}

/** Our own chart neither asks Vault nor works too long. */
const nothing = (): undefined => undefined

const renderFile = (chart: Chart, path: string, dot: Value): string => {
  const helpers = textAt(chart, 'templates/_helpers.tpl')
  const templates = parse(helpers + textAt(chart, path), '{{', '}}', name => Object.hasOwn(functions, name))
  if ('message' in templates) throw new Error(`${path}: ${templates.message}`)
  const render = (name: string, at: Value): string => {
    const parts: string[] = []
    runTemplate({ templates, functions, run, strict: false }, name, at, text => parts.push(text), 0, 0)
    return parts.join('')
  }
  const run: Run = {
    spend: nothing,
    room: nothing,
    write: nothing,
    ask: nothing,
    now: 0,
    env: {},
    digest,
    scratch: createScratch(),
    include: render,
  }
  return `${render('', dot).trim()}\n`
}
