import { join } from 'node:path'
import { Readable } from 'node:stream'
import t from 'tap'
import { readInputs } from '../../src/cli/inputs.ts'

const read = (paths: readonly string[], stdin = '') => readInputs(paths, { stdin: Readable.from([Buffer.from(stdin)]) })

t.test('reads files, stdin, and all manifests below a folder in order', async t => {
  const folder = t.testdir({
    'b.yaml': 'b',
    'a.yml': 'a',
    'notes.md': 'no',
    below: { 'c.json': 'c', 'deep.yaml': { 'd.yaml': 'd' } },
    '.git': { 'e.yaml': 'no' },
    '.hidden.yaml': 'no',
  })
  const inputs = await read([join(folder, 'notes.md'), '-', folder], 'in')
  t.same(
    inputs.map(({ text }) => text),
    ['no', 'in', 'a', 'b', 'c', 'd'],
  )
  t.match(inputs[1], { name: 'stdin' })
  t.equal(inputs[4]?.name, join(folder, 'below/c.json'))
})

t.test('what cannot be read is a sentence', async t => {
  await t.rejects(read(['/nowhere.yaml']), { code: 'usage', message: /a manifest cannot be read: ENOENT/ })
  await t.rejects(read([t.testdir({ 'x.md': '' })]), { code: 'usage', message: /holds no \.yaml, \.yml or \.json/ })
  await t.rejects(read(['-', '-']), { code: 'usage', message: /read only once/ })
})
