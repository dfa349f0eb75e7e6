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
import { areThere, changedIn, explained, readFiles, swap, writeDurably, writeFiles } from '../../src/agent/files.ts'

const mode = (path: string) => (statSync(path).mode & 0o7777).toString(8)
const files = (entries: Record<string, string>, mode = 0o400) =>
  new Map(Object.entries(entries).map(([name, content]) => [name, { content, mode }]))
/** One folder of files of one mode. */
const write = (folder: string, content: ReturnType<typeof files>) => {
  const changed = changedIn(new Map([[folder, content]]))
  writeFiles(new Map([[folder, content]]), changed)
  return changed.size > 0
}
const visible = (folder: string) => readdirSync(folder).filter(name => !name.startsWith('..'))

t.test('files are links into one set, like the kubelet makes them', async t => {
  const folder = join(t.testdir(), 'secrets')
  t.equal(readFiles(folder), undefined)
  t.notOk(areThere(folder))
  t.ok(write(folder, files({ env: "A='1'\n", 'web.json': '{}' }, 0o440)))
  t.ok(areThere(folder))
  t.equal(readlinkSync(join(folder, 'env')), '..data/env')
  t.match(readlinkSync(join(folder, '..data')), /^\.\.podvault-\w+$/)
  t.equal(readFileSync(join(folder, 'env'), 'utf8'), "A='1'\n")
  t.strictSame(readFiles(folder), files({ env: "A='1'\n", 'web.json': '{}' }, 0o440))
})

t.test('bytes that are no text are written as they are, and known again', async t => {
  const folder = t.testdir()
  const bytes = (...of: readonly number[]) =>
    new Map([['key', { content: Buffer.from(of).toString('latin1'), mode: 0o400, encoding: 'latin1' as const }]])
  t.ok(write(folder, bytes(0, 0x80, 0xff)))
  t.strictSame([...readFileSync(join(folder, 'key'))], [0, 0x80, 0xff])
  t.strictSame(readFiles(folder), bytes(0, 0x80, 0xff))
  t.notOk(write(folder, bytes(0, 0x80, 0xff)))
  t.ok(write(folder, bytes(0, 0x80, 0xfe)), 'other bytes are a change')
  const asText = Buffer.from([0, 0x80, 0xfe]).toString('latin1')
  t.ok(write(folder, new Map([['key', { content: asText, mode: 0o400 }]])), 'and so is the text of the same characters')
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
    write(folder, files({ env: 'x' }, file))
    t.equal(mode(join(folder, 'env')), file.toString(8))
    t.equal(mode(join(folder, '..data/')), directory)
  }
})

t.test("the setgid bit of a pod's fsGroup is kept, so that files get its group", async t => {
  const folder = join(t.testdir({ secrets: {} }), 'secrets')
  chmodSync(folder, 0o2775)
  write(folder, files({ env: 'x' }, 0o440))
  t.equal(mode(join(folder, '..data/')), '2750')
})

t.test('the same content is not written again, but what is missing around it is put right', async t => {
  const folder = join(t.testdir(), 'secrets')
  const content = files({ env: 'x', 'a.json': '{}' })
  write(folder, content)
  const set = readlinkSync(join(folder, '..data'))
  const stale = join(folder, '..podvault-stale')
  mkdirSync(stale)
  writeFileSync(join(stale, 'env'), 'old')
  symlinkSync('..podvault-stale', join(folder, '..data_next'))
  symlinkSync('..data/elsewhere', join(folder, '..link_next'))
  writeFileSync(join(folder, 'notes.txt'), 'not ours')
  t.notOk(write(folder, content))
  t.equal(readlinkSync(join(folder, '..data')), set)
  t.strictSame(readdirSync(folder).sort(), ['..data', set, 'a.json', 'env', 'notes.txt'])
})

t.test('a change of one file, or of the set of files, is a new set', async t => {
  const folder = join(t.testdir(), 'secrets')
  write(folder, files({ env: 'x', 'a.json': '{}' }))
  t.ok(write(folder, files({ env: 'x', 'b.json': '{}' })))
  t.strictSame(visible(folder).sort(), ['b.json', 'env'])
  t.ok(write(folder, files({ env: 'y', 'b.json': '{}' })))
  t.equal(readFileSync(join(folder, 'env'), 'utf8'), 'y')
  t.equal(readdirSync(folder).length, 4, 'old sets are removed')
})

t.test('a file in the way of a link is replaced', async t => {
  const folder = join(t.testdir({ secrets: { env: 'left by somebody' } }), 'secrets')
  write(folder, files({ env: 'x' }))
  t.ok(lstatSync(join(folder, 'env')).isSymbolicLink())
})

t.test('killed after any step, readers see one whole set, and the next writer leaves no trace', async t => {
  const old = files({ env: 'old', 'a.json': 'old' })
  const young = files({ env: 'new', 'b.json': 'new' })
  const steps = Array.from(swap(new Map([[t.testdir({}), young]]))).length
  t.ok(steps > 5)
  for (let killedAfter = 1; killedAfter <= steps + 2; killedAfter += 1) {
    const folder = join(t.testdir(), `killed-${killedAfter}`)
    write(folder, old)
    const running = swap(new Map([[folder, young]]))
    for (let step = 0; step < killedAfter; step += 1) running.next()
    const seen = readFiles(folder)
    const whole = seen?.get('env')?.content === 'old' ? old : young
    t.strictSame(seen, whole, `after ${killedAfter} steps`)
    t.equal(readFileSync(join(folder, 'env'), 'utf8'), whole.get('env')?.content)
    write(folder, young)
    t.strictSame(readFiles(folder), young)
    t.strictSame(visible(folder).sort(), ['b.json', 'env'])
    t.equal(readdirSync(folder).length, 4)
  }
})

t.test('a file in a folder of its own is reached through one link', async t => {
  const folder = join(t.testdir(), 'secrets')
  write(folder, files({ 'tls/server.crt': 'C', 'tls/server.key': 'K', 'a/b/c': 'deep' }, 0o440))
  t.strictSame(visible(folder).sort(), ['a', 'tls'])
  t.equal(readlinkSync(join(folder, 'tls')), '..data/tls')
  t.equal(readFileSync(join(folder, 'tls/server.key'), 'utf8'), 'K')
  t.equal(mode(join(folder, '..data/a/b/')), '750')
  t.equal(mode(join(folder, 'a/b/c')), '440')
  t.notOk(write(folder, files({ 'tls/server.crt': 'C', 'tls/server.key': 'K', 'a/b/c': 'deep' }, 0o440)))
  write(folder, files({ 'tls/server.crt': 'D' }))
  t.strictSame(visible(folder), ['tls'])
  t.strictSame(readdirSync(join(folder, 'tls')), ['server.crt'])
})

t.test(
  'each file has its own mode, folders are as open as the most open of them, and nobody else may write',
  async t => {
    const folder = join(t.testdir(), 'secrets')
    const content = new Map([...files({ a: 'x' }, 0o400), ...files({ b: 'x' }, 0o777)])
    write(folder, content)
    t.equal(mode(join(folder, 'a')), '400')
    t.equal(mode(join(folder, 'b')), '777')
    t.equal(mode(join(folder, '..data/')), '755')
    t.ok(write(folder, files({ a: 'x', b: 'x' })), 'another mode is a change')
    t.equal(mode(join(folder, 'b')), '400')
  },
)

t.test('several folders are all prepared before the first is swapped', async t => {
  const root = t.testdir()
  const [one, two] = [join(root, 'one'), join(root, 'two')]
  const both = (content: string) => new Map([one, two].map(folder => [folder, files({ f: content })]))
  t.strictSame([...changedIn(both('old')).keys()], [one, two])
  writeFiles(both('old'))
  const steps = Array.from(swap(both('new')))
  t.ok(steps.lastIndexOf('wrote f') < steps.indexOf('swapped'))
  t.equal(changedIn(both('new')).size, 0)
  const mixed = new Map([...both('new'), [two, files({ g: 'other' })]])
  t.strictSame([...changedIn(mixed).keys()], [two], 'only what has changed')
  writeFiles(mixed)
  t.strictSame(visible(two), ['g'])
})

t.test('an empty set of files is a set', async t => {
  const folder = join(t.testdir(), 'secrets')
  write(folder, files({ f: 'x' }))
  write(folder, files({}))
  t.strictSame(visible(folder), [])
  t.strictSame(readFiles(folder), new Map())
})

t.test('a file that cannot be written leaves the old sets in place, and nothing of the new', async t => {
  const root = t.testdir()
  const [folder, other] = [join(root, 'secrets'), join(root, 'other')]
  write(folder, files({ env: 'old' }))
  const before = readdirSync(folder)
  writeFileSync(other, 'in the way')
  const change = new Map([
    [folder, files({ env: 'new', f: 'x' })],
    [other, files({ f: 'x' })],
  ])
  t.throws(() => writeFiles(change), { code: 'EEXIST' })
  t.equal(readFileSync(join(folder, 'env'), 'utf8'), 'old')
  t.strictSame(readdirSync(folder), before, 'half a set would take room that the next attempt needs')
  t.match(explained('/a', Object.assign(new Error('ENOSPC: x'), { code: 'ENOSPC' })), {
    message: 'there is no room left in /a',
    hint: /small volume in memory/,
  })
  t.match(explained('/a', Object.assign(new Error('x'), { code: 'EDQUOT' })), {
    message: 'there is no room left in /a',
  })
  t.match(explained('/a', Object.assign(new Error('x'), { code: 'EACCES' })), { message: 'x' })
  t.equal(explained('/a', 5), 5)
  t.throws(() => writeDurably(join(root, 'env'), 5 as unknown as string, 0o400), TypeError)
})
