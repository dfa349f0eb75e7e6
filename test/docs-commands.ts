// Every fenced block of every page is proved, here or where the registry says: test/fixtures/documentation.ts.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t, { type Test } from 'tap'
import { commands } from '../src/commands.ts'
import { readSecretsFile } from '../src/inject/read-secrets-file.ts'
import { readConfig } from '../src/webhook/config.ts'
import { decisionsOn, objectsIn } from './fixtures/block-objects.ts'
import { documentation, idleClaims, type Way, wayOf } from './fixtures/documentation.ts'
import { type Block, blocksIn, pages, placeOf } from './fixtures/page-blocks.ts'
import { exportsOf, inWords, type Ran, runBlock, type Stage, stageOf } from './fixtures/run-blocks.ts'

const podvault = `exec ${process.execPath} ${resolve('src/main.ts')} "$@"`
const programs = { podvault, node: `cd ${resolve('.')} && exec ${process.execPath} "$@"` }

const offline = (t: Test, page: string): Stage => {
  const { folder, env } = stageOf(t, page, programs)
  return { folder, env: { ...env, VAULT_ADDR: 'https://vault.example.com:8200' } }
}

t.test('every block of every page is claimed, and every claim has a block', async t => {
  const places = pages()
  t.ok(places.length > 15)
  for (const page of places) {
    for (const block of blocksIn(page))
      t.ok(wayOf(block), `${placeOf(block)} is proved; if not, say how in test/fixtures/documentation.ts`)
    t.same(idleClaims(page), [], `${page}: no claim is left over`)
  }
  for (const page of Object.keys(documentation)) t.ok(places.includes(page), `${page} is a page`)
})

/** What has happened on a page so far. */
type Course = { readonly stage: Stage; exported: string; last: Ran | undefined }

type Proof<B extends Way['by']> = (
  t: Test,
  block: Block,
  way: Way & { readonly by: B },
  course: Course,
) => Promise<void>

const isProvedElsewhere: Proof<'test' | 'cluster' | 'nobody' | 'page'> = async () => {}

const runs: Proof<'commands'> = async (t, block, { exits = 0 }, course) => {
  course.last = await runBlock(block, course.stage, course.exported)
  course.exported += exportsOf(block)
  t.equal(course.last.code, exits, `${placeOf(block)} ends with ${exits}: ${course.last.stderr}`)
}

const isPrinted: Proof<'output'> = async (t, block, _way, { last }) => {
  // On the cluster, where the commands above ran there.
  if (last !== undefined) t.equal(last.stdout, block.text, `${placeOf(block)} is what they print`)
}

const serves: Proof<'serving'> = async (t, block, { until, words }, { stage }) => {
  const child = spawn('sh', ['-c', `exec ${inWords(block, words).text}`], {
    cwd: stage.folder,
    env: { ...stage.env, PODVAULT_METRICS_LISTEN: '127.0.0.1:0' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const said = await new Promise<string>(done => {
    let text = ''
    child.stdout.on('data', (part: Buffer) => {
      text += part.toString()
      if (until.test(text)) child.kill()
    })
    child.once('exit', () => done(text))
  })
  t.match(said, until, `${placeOf(block)} serves`)
}

const isInjected: Proof<'manifest' | 'pod'> = async (t, block, way) => {
  const decisions = decisionsOn(objectsIn(block, way))
  for (const decision of decisions) {
    const message = decision.kind === 'reject' ? decision.message : ''
    t.equal(decision.kind, 'inject', `${placeOf(block)}: its pods are injected: ${message}`)
  }
  if (/^\s*(?:podvault\.dev|vault\.hashicorp\.com)\//m.test(block.text)) t.ok(decisions.length > 0, placeOf(block))
}

const isSecretsFile: Proof<'secrets file'> = async (t, block) => {
  t.match(readSecretsFile(block.text), { entries: [{}] }, `${placeOf(block)} is a secrets file`)
}

const isOperatorFile: Proof<'operator file'> = async (t, block, _way, { stage }) => {
  const config = join(stage.folder, 'config.yaml')
  writeFileSync(config, block.text)
  const flags = { image: 'example.com/podvault:1', 'vault-address': 'https://vault.example.com:8200', config }
  t.ok(readConfig(flags, {}).settings, `${placeOf(block)} is an operator's file`)
}

const lies: Proof<'file'> = async (_t, block, { name }, { stage }) =>
  writeFileSync(join(stage.folder, name), block.text)

const proofs: { readonly [B in Way['by']]: Proof<B> } = {
  test: isProvedElsewhere,
  cluster: isProvedElsewhere,
  nobody: isProvedElsewhere,
  page: async (t, block, { page }) => {
    t.ok(
      blocksIn(page).some(({ text }) => text === block.text),
      `${placeOf(block)} stands in ${page}, too`,
    )
  },
  commands: runs,
  output: isPrinted,
  serving: serves,
  manifest: isInjected,
  pod: isInjected,
  'secrets file': isSecretsFile,
  'operator file': isOperatorFile,
  file: lies,
}

const prove = async (t: Test, block: Block, way: Way, course: Course): Promise<void> =>
  (proofs[way.by] as Proof<Way['by']>)(t, block, way, course)

for (const page of Object.keys(documentation))
  t.test(`what ${page} shows is true`, async t => {
    const course: Course = { stage: offline(t, page), exported: '', last: undefined }
    for (const block of blocksIn(page)) {
      const way = wayOf(block)
      if (way !== undefined) await prove(t, block, way, course)
      if (way?.by !== 'output' && way?.by !== 'commands') course.last = undefined
    }
  })

t.test('a test that proves a page reads it, each named block by its name', async t => {
  for (const page of Object.keys(documentation))
    for (const block of blocksIn(page)) {
      const way = wayOf(block)
      if (way?.by !== 'test') continue
      const source = existsSync(way.test) ? readFileSync(way.test, 'utf8') : ''
      t.ok(source.includes(page), `${way.test} reads ${page}`)
      if (block.name !== undefined) t.ok(source.includes(`'${block.name}'`), `${way.test} uses ${block.name}`)
    }
})

t.test('every command that a page names in passing exists', async t => {
  const named = pages().flatMap(page =>
    Array.from(
      readFileSync(page, 'utf8').matchAll(/`(?:kubectl )?podvault ([a-z][a-z-]*)[^`]*`/g),
      ([, name = '']) => ({
        page,
        name,
      }),
    ),
  )
  t.ok(named.length > 10)
  for (const { page, name } of named) t.ok(Object.hasOwn(commands, name), `${page}: podvault ${name}`)
})

t.test('the FAQ answers 25 questions, each with the page or the test that shows it', async t => {
  const answers = readFileSync('docs/faq.md', 'utf8')
    .split(/\n(?=\*\*\d+\. )/)
    .slice(1)
  t.equal(answers.length, 25)
  for (const [index, answer] of answers.entries()) {
    t.ok(answer.startsWith(`**${index + 1}. `), `question ${index + 1} has its number`)
    t.match(answer, /\]\((?:\.\.\/test\/|[a-z-]+\.md)/, `and says where it is shown`)
  }
})

/** As GitHub makes them of headings. */
const anchorsOf = (page: string): readonly string[] =>
  Array.from(readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

t.test('a link into a page leads to a heading of it', async t => {
  for (const page of pages())
    for (const [, file = '', anchor = ''] of readFileSync(page, 'utf8').matchAll(
      /\]\(((?!https?:)[^)#\s]*)#([^)\s]+)\)/g,
    ))
      t.ok(anchorsOf(file === '' ? page : join(page, '..', file)).includes(anchor), `${page}: ${file}#${anchor}`)
})
