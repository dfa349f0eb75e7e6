import t from 'tap'
import { finderOf, manifestsOf, withManifests } from '../../src/cli/manifest-flags.ts'
import { knownTemplates } from '../../src/cli/workloads.ts'
import type { Command } from '../../src/command.ts'
import { commandLine, parseFlags } from '../../src/webhook/flags.ts'
import { run } from '../fixtures/io.ts'

/** A command that says where it would look for pods, and what it read. */
const echo: Command = async (io, args) => {
  const flags = parseFlags(withManifests(commandLine(io, 'echo', 'Says it again.', 'podvault echo')), args)
  if (flags === undefined) return 0
  io.stdout.write(JSON.stringify({ finder: finderOf(flags), manifests: await manifestsOf(flags, io) }))
  return 0
}
const read = async (...args: readonly string[]) => JSON.parse((await run(echo, args, { stdin: 'a: 1\n' })).stdout)

t.test('stdin is read, and default is the namespace, where nothing is said', async t => {
  t.same(await read(), {
    finder: { namespace: 'default', templates: knownTemplates },
    manifests: [{ name: 'stdin', documents: [{ text: 'a: 1\n', value: { a: 1 } }] }],
  })
})

t.test('files, a namespace and further kinds can be named', async t => {
  const folder = t.testdir({ 'x.yaml': 'x: 1' })
  const paths = ['--pod-path', 'a.b/C=.d', '--pod-path=e/F=.g.h']
  t.match(await read('-f', folder, '-f', '-', '-n', 'shop', ...paths), {
    finder: { namespace: 'shop', templates: { 'a.b/C': ['d'], 'e/F': ['g', 'h'] } },
    manifests: [{ name: `${folder}/x.yaml` }, { name: 'stdin' }],
  })
  await t.rejects(read('--pod-path', 'C=d'), { code: 'usage' })
})
