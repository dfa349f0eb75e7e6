import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readFiles, swap, writeDurably, writeFiles } from '../../src/agent/files.ts'

const mode = (path: string) => (statSync(path).mode & 0o7777).toString(8)
const files = (entries: Record<string, string>) => new Map(Object.entries(entries))
const visible = (folder: string) => readdirSync(folder).filter(name => !name.startsWith('..'))

t.test('files are links into one set, like the kubelet makes them', async t => {
  const folder = join(t.testdir(), 'secrets')
  t.equal(readFiles(folder), undefined)
  t.ok(writeFiles(folder, files({ env: "A='1'\n", 'web.json': '{}' }), 0o440))
  t.equal(readlinkSync(join(folder, 'env')), '..data/env')
  t.match(readlinkSync(join(folder, '..data')), /^\.\.podvault-\w+$/)
  t.equal(readFileSync(join(folder, 'env'), 'utf8'), "A='1'\n")
  t.strictSame(readFiles(folder), files({ env: "A='1'\n", 'web.json': '{}' }))
})

t.test('modes are what was asked for, whatever the umask, and folders can be searched to match', async t => {
  const before = process.umask(0o077)
  t.teardown(() => process.umask(before))
  for (const [file, directory] of [
    [0o400, '700'],
    [0o440, '750'],
    [0o444, '755'],
  ] as const) {
    const folder = join(t.testdir(), 'secrets')
    writeFiles(folder, files({ env: 'x' }), file)
    t.equal(mode(join(folder, 'env')), file.toString(8))
    t.equal(mode(join(folder, '..data/')), directory)
  }
})

t.test("the setgid bit of a pod's fsGroup is kept, so that files get its group", async t => {
  const folder = join(t.testdir({ secrets: {} }), 'secrets')
  chmodSync(folder, 0o2775)
  writeFiles(folder, files({ env: 'x' }), 0o440)
  t.equal(mode(join(folder, '..data/')), '2750')
})

t.test('the same content is not written again, but what is missing around it is put right', async t => {
  const folder = join(t.testdir(), 'secrets')
  const content = files({ env: 'x', 'a.json': '{}' })
  writeFiles(folder, content, 0o400)
  const set = readlinkSync(join(folder, '..data'))
  const stale = join(folder, '..podvault-stale')
  mkdirSync(stale)
  writeFileSync(join(stale, 'env'), 'old')
  symlinkSync('..podvault-stale', join(folder, '..data_next'))
  symlinkSync('..data/elsewhere', join(folder, '..link_next'))
  writeFileSync(join(folder, 'notes.txt'), 'not ours')
  t.notOk(writeFiles(folder, content, 0o400))
  t.equal(readlinkSync(join(folder, '..data')), set)
  t.strictSame(readdirSync(folder).sort(), ['..data', set, 'a.json', 'env', 'notes.txt'])
})

t.test('a change of one file, or of the set of files, is a new set', async t => {
  const folder = join(t.testdir(), 'secrets')
  writeFiles(folder, files({ env: 'x', 'a.json': '{}' }), 0o400)
  t.ok(writeFiles(folder, files({ env: 'x', 'b.json': '{}' }), 0o400))
  t.strictSame(visible(folder).sort(), ['b.json', 'env'])
  t.ok(writeFiles(folder, files({ env: 'y', 'b.json': '{}' }), 0o400))
  t.equal(readFileSync(join(folder, 'env'), 'utf8'), 'y')
  t.equal(readdirSync(folder).length, 4, 'old sets are removed')
})

t.test('a file in the way of a link is replaced', async t => {
  const folder = join(t.testdir({ secrets: { env: 'left by somebody' } }), 'secrets')
  writeFiles(folder, files({ env: 'x' }), 0o400)
  t.ok(lstatSync(join(folder, 'env')).isSymbolicLink())
})

t.test('killed after any step, readers see one whole set, and the next writer leaves no trace', async t => {
  const old = files({ env: 'old', 'a.json': 'old' })
  const young = files({ env: 'new', 'b.json': 'new' })
  const steps = Array.from(swap(t.testdir({}), young, 0o400)).length
  t.ok(steps > 5)
  for (let killedAfter = 1; killedAfter <= steps + 2; killedAfter += 1) {
    const folder = join(t.testdir(), `killed-${killedAfter}`)
    writeFiles(folder, old, 0o400)
    const running = swap(folder, young, 0o400)
    for (let step = 0; step < killedAfter; step += 1) running.next()
    const seen = readFiles(folder)
    const whole = seen?.get('env') === 'old' ? old : young
    t.strictSame(seen, whole, `after ${killedAfter} steps`)
    t.equal(readFileSync(join(folder, 'env'), 'utf8'), whole.get('env'))
    writeFiles(folder, young, 0o400)
    t.strictSame(readFiles(folder), young)
    t.strictSame(visible(folder).sort(), ['b.json', 'env'])
    t.equal(readdirSync(folder).length, 4)
  }
})

t.test('a file that cannot be written leaves the old set in place', async t => {
  const folder = join(t.testdir(), 'secrets')
  writeFiles(folder, files({ env: 'old' }), 0o400)
  t.throws(() => writeFiles(folder, files({ 'no/such/folder': 'x' }), 0o400), { code: 'ENOENT' })
  t.equal(readFileSync(join(folder, 'env'), 'utf8'), 'old')
  t.throws(() => writeDurably(join(folder, 'env'), 5 as unknown as string, 0o400), TypeError)
})
