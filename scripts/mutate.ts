// npm run mutate [-- FILE…]: breaks the code in one place after the other, and tells which breaks no test notices.
// A file's own test is asked first, then the tests that go through everything.
import { spawn } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

/** What is put in the place of what; each is one small mistake that somebody could make. */
const mistakes: readonly (readonly [RegExp, string])[] = [
  [/===/g, '!=='],
  [/!==/g, '==='],
  [/&&/g, '||'],
  [/\|\|/g, '&&'],
  [/\?\?/g, '&&'],
  [/(?<=\s)<(?=\s)/g, '<='],
  [/(?<=\s)>(?=\s)/g, '>='],
  [/<=/g, '<'],
  [/(?<!=)>=/g, '>'],
  [/(?<=\s)\+(?=\s)/g, '-'],
  [/(?<=\s)-(?=\s)/g, '+'],
  [/\btrue\b/g, 'false'],
  [/\bfalse\b/g, 'true'],
  [/!(?=[a-zA-Z(])/g, ''],
  [/\.some\(/g, '.every('],
  [/\.every\(/g, '.some('],
  [/\.flatMap\(/g, '.slice(0, 0).flatMap('],
  [/\.filter\(/g, '.slice(0, 0).filter('],
  [/(?<![\w.'])\d+(?![\w.'])/g, '7'],
]

const throughAll = ['test/inject/native.ts', 'test/inject/vault-k8s/decide.ts', 'test/pods.ts']

type Mutant = { readonly file: string; readonly at: number; readonly was: string; readonly is: string }

/** The code with its comments, texts and patterns blanked out, so that mistakes are made in code only. */
const codeOf = (source: string): string =>
  source.replaceAll(
    /\/\*[^]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|(?<=[(,=:]\s*)\/(?![/*])(?:[^/\\\n]|\\.)+\/[a-z]*|^import[^]*?from [^\n]*|^(?:export )?type [^]*?\n(?=\n)/gm,
    text => ' '.repeat(text.length),
  )

const mutantsOf = (file: string): readonly Mutant[] => {
  const code = codeOf(readFileSync(file, 'utf8'))
  return mistakes.flatMap(([pattern, is]) =>
    Array.from(code.matchAll(pattern), ({ index, 0: was }) => ({ file, at: index, was, is })).filter(
      ({ was }) => was !== is,
    ),
  )
}

/** A copy of the repository to break. */
const workshop = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'podvault-mutate-'))
  for (const part of ['src', 'test', 'docs', 'webhook-config', 'package.json', 'README.md'])
    cpSync(part, join(folder, part), { recursive: true })
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** Milliseconds; a mutant that goes on forever counts as noticed. */
const patience = 60_000

const passes = (test: string, cwd: string): Promise<boolean> =>
  new Promise(resolve => {
    const child = spawn(process.execPath, [test], { cwd, stdio: 'ignore', timeout: patience, killSignal: 'SIGKILL' })
    child.once('close', code => resolve(code === 0))
  })

/** A test that fails by itself would notice everything. */
const refuseRed = async (tests: readonly string[], folder: string): Promise<void> => {
  for (const test of tests) if (!(await passes(test, folder))) throw new Error(`${test} fails without any mistake`)
}

const testsOf = (file: string): readonly string[] =>
  [...new Set([file.replace(/^src\//, 'test/'), ...throughAll])].filter(test => existsSync(test))

const survives = async ({ file, at, was, is }: Mutant, folder: string): Promise<boolean> => {
  const source = readFileSync(file, 'utf8')
  writeFileSync(join(folder, file), source.slice(0, at) + is + source.slice(at + was.length))
  try {
    for (const test of testsOf(file)) if (!(await passes(test, folder))) return false
    return true
  } finally {
    writeFileSync(join(folder, file), source)
  }
}

const given = process.argv.slice(2)
const files = given.length > 0 ? given : globSync('src/inject/**/*.ts').toSorted()
const mutants = files.flatMap(mutantsOf)
const rest = mutants.values()
const proof = workshop()
await refuseRed([...new Set(files.flatMap(testsOf))], proof)
rmSync(proof, { recursive: true })
const survivors: Mutant[] = []
const work = async (): Promise<void> => {
  const folder = workshop()
  for (const mutant of rest) if (await survives(mutant, folder)) survivors.push(mutant)
  rmSync(folder, { recursive: true })
}
await Promise.all(Array.from({ length: availableParallelism() }, work))
for (const { file, at, was, is } of survivors.toSorted((a, b) => a.file.localeCompare(b.file) || a.at - b.at)) {
  const before = readFileSync(file, 'utf8').slice(0, at)
  const line = before.split('\n').length
  const text = readFileSync(file, 'utf8').split('\n')[line - 1]?.trim()
  process.stdout.write(`${file}:${line}: ${was} → ${is || '(nothing)'}   ${text}\n`)
}
process.stdout.write(`${mutants.length - survivors.length} of ${mutants.length} mistakes are noticed\n`)
