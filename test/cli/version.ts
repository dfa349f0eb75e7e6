import { readFileSync } from 'node:fs'
import t from 'tap'
import { version } from '../../src/cli/version.ts'
import { run } from '../fixtures/io.ts'

const { version: ours } = JSON.parse(readFileSync('package.json', 'utf8'))

t.test('says the version of the package, and of node', async t => {
  const { code, stdout } = await run(version, [])
  t.equal(code, 0)
  t.equal(stdout, `podvault ${ours} (node ${process.version}, ${process.platform}-${process.arch})\n`)
})

t.test('says it to scripts as well', async t => {
  const { stdout } = await run(version, ['--output', 'json'])
  t.same(JSON.parse(stdout), { version: ours, node: process.version, platform: `${process.platform}-${process.arch}` })
  await t.rejects(run(version, ['--output', 'xml']), { code: 'usage', message: /text, json/ })
})

t.test('has help', async t => {
  t.match(await run(version, ['-h']), { code: 0, stdout: /podvault version --output json/ })
})
