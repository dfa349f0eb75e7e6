import { join } from 'node:path'
import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { stringify } from 'yaml'
import { inject } from '../../src/cli/inject.ts'
import { uninject } from '../../src/cli/uninject.ts'
import { run } from '../fixtures/io.ts'
import { podWith } from '../fixtures/pods.ts'

const manifest = `# mine\n${stringify(podWith())}---\nkind: Service\n`
const injected = async () => (await run(inject, ['--vault-address', 'http://v:8200'], { stdin: manifest })).stdout

t.test('gives back what was injected', async t => {
  t.same(await run(uninject, [], { stdin: await injected() }), {
    code: 0,
    stdout: manifest,
    stderr: 'Pod default/web: uninjected\n',
  })
})

t.test('what carries nothing of podvault comes back as it is', async t => {
  t.same(await run(uninject, [], { stdin: manifest }), {
    code: 0,
    stdout: manifest,
    stderr: 'Pod default/web: not injected\n',
  })
})

t.test('in place, in JSON, as a patch, or as a diff', async t => {
  const file = join(t.testdir({ 'x.yaml': '' }), 'x.yaml')
  writeFileSync(file, await injected())
  t.match((await run(uninject, ['-f', file, '--diff'])).stdout, /^-      name: podvault-login|^-.*podvault-login/m)
  const patch = JSON.parse((await run(uninject, ['-f', file, '-o', 'patch'])).stdout)
  t.match(patch, { kind: 'Pod', verdict: 'uninjected', patch: [{ op: 'remove' }] })
  t.notMatch((await run(uninject, ['-f', file, '-o', 'json'])).stdout, /podvault-login/)
  t.match(await run(uninject, ['-f', file, '--in-place']), { stdout: '' })
  t.equal(readFileSync(file, 'utf8'), manifest)
})

t.test('has help', async t => {
  t.match(await run(uninject, ['--help']), { code: 0, stdout: /kubectl get pod web -o yaml \| podvault uninject/ })
})
