import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import type { Test } from 'tap'
import { documentation, wayOf } from '../fixtures/documentation.ts'
import { blocksIn, placeOf } from '../fixtures/page-blocks.ts'
import { exportsOf, inWords, type Ran, runBlock, stageOf } from '../fixtures/run-blocks.ts'
import { run } from './place.ts'
import { otherOperator, program } from './webhook.ts'

const real = (name: string): string => execFileSync('which', [name], { encoding: 'utf8' }).trim()

/** Pages install podvault for the whole cluster; here it gets the namespaces that they make, and no test's. */
const programsFor = (label: string): Readonly<Record<string, string>> => {
  const only = `--set-json='namespaceSelector.matchLabels={"${label}":"here"}'`
  return {
    helm: `case "$1" in install|upgrade) exec ${real('helm')} "$@" ${only};; esac; exec ${real('helm')} "$@"`,
    kubectl: `${real('kubectl')} "$@" || exit
case "$1 $2" in "create namespace") ${real('kubectl')} label namespace "$3" ${label}=here ${otherOperator}=${label};; esac`,
    podvault: `exec ${process.execPath} ${resolve(program)} "$@"`,
    'kubectl-podvault': `exec ${process.execPath} ${resolve(program)} "$@"`,
  }
}

/** How often a page runs, and what is to be done between two blocks. */
type Course = {
  /** Of the namespaces that are podvault's in this run. */
  readonly label: string
  /** After each block, once it has run. */
  readonly after?: (text: string) => Promise<void>
}

/** Runs the commands of a page on the cluster, in their order, and compares what they print where the page says it. */
export const runPage = async (t: Test, page: string, { label, after }: Course): Promise<void> => {
  const { folder, env: own } = stageOf(t, page, programsFor(label))
  const homes = Object.fromEntries(['CACHE', 'CONFIG', 'DATA'].map(name => [`HELM_${name}_HOME`, `${run}/helm`]))
  // The chart is named as one finds it in the repository.
  for (const name of ['webhook-config', 'test']) linkInto(folder, name)
  const stage = { folder, env: { ...own, ...homes } }
  let exported = ''
  let last: Ran | undefined
  for (const written of blocksIn(page)) {
    const way = wayOf(written)
    const block = inWords(written, documentation[page]?.words)
    if (way?.by === 'file') writeFileSync(join(folder, way.name), block.text)
    if (way?.by === 'output' && last !== undefined) t.equal(last.stdout, block.text, `${placeOf(block)}: it is printed`)
    if (way?.by !== 'output') last = undefined
    if (way?.by !== 'cluster') continue
    last = await runBlock(block, stage, exported)
    exported += exportsOf(block)
    const said = last.code === (way.exits ?? 0) ? '' : `\n${last.stdout}${last.stderr}`
    t.equal(last.code, way.exits ?? 0, `${placeOf(block)}\n${block.text}${said}`)
    await after?.(block.text)
  }
}

const linkInto = (folder: string, name: string): void => {
  execFileSync('ln', ['-sfn', resolve(name), join(folder, name)])
}
