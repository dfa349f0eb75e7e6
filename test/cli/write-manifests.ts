import { chmodSync, lstatSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { stringify } from 'yaml'
import { readManifest } from '../../src/cli/documents.ts'
import { inject } from '../../src/cli/inject.ts'
import { uninject } from '../../src/cli/uninject.ts'
import { withOutput, writeManifests } from '../../src/cli/write-manifests.ts'
import type { Command } from '../../src/command.ts'
import { commandLine, parseFlags } from '../../src/webhook/flags.ts'
import { run } from '../fixtures/io.ts'
import { podWith } from '../fixtures/pods.ts'

const flags = ['--vault-address', 'http://v:8200']
const pod = stringify(podWith())
const plain = 'apiVersion: v1\nkind: Pod\nmetadata: {name: plain}\nspec: {containers: [{name: app}]}\n'

t.test('YAML is the manifest itself, several files one stream', async t => {
  const folder = t.testdir({ 'a.yaml': plain.trim(), 'b.yaml': `---\n${plain}`, 'c.yaml': plain })
  const { stdout } = await run(inject, [...flags, '-f', folder])
  t.equal(stdout, `${plain}---\n${plain}---\n${plain}`)
})

t.test('JSON is one object, or a List of several', async t => {
  const one = JSON.parse((await run(inject, [...flags, '-o', 'json'], { stdin: pod })).stdout)
  t.match(one, { kind: 'Pod', spec: { initContainers: [{ name: 'podvault-login' }] } })
  const two = JSON.parse((await run(inject, [...flags, '-o', 'json'], { stdin: `${pod}---\n---\n${plain}` })).stdout)
  t.match(two, { apiVersion: 'v1', kind: 'List', items: [{ kind: 'Pod' }, { metadata: { name: 'plain' } }] })
  t.equal(two.items.length, 2)
})

t.test('a patch is a line of JSON for each workload, with paths from the top of its object', async t => {
  const list = { apiVersion: 'v1', kind: 'List', items: [{ kind: 'Service' }, podWith()] }
  const { stdout } = await run(inject, [...flags, '-o', 'patch'], { stdin: `${JSON.stringify(list)}\n---\n${plain}` })
  const [injected, skipped] = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  t.match(injected, { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'web', verdict: 'injected' })
  t.equal(injected.patch[0].path, '/spec/volumes')
  t.match(JSON.parse((await run(uninject, ['-o', 'patch'], { stdin: plain })).stdout), { verdict: 'not injected' })
  t.match(skipped, { name: 'plain', verdict: 'skipped', reason: 'not-requested', patch: [] })
})

t.test('a diff is of each file, in colour where that is wanted', async t => {
  const file = join(t.testdir({ 'pod.yaml': pod }), 'pod.yaml')
  const { stdout } = await run(inject, [...flags, '-f', file, '--diff'])
  t.match(stdout, `--- ${file}\n+++ ${file}\n@@`)
  t.match(stdout, /^\+ +- name: podvault-login$/m)
  t.match((await run(inject, [...flags, '-f', file, '--diff', '--color', 'always'])).stdout, '\u001B[32m+')
  t.equal((await run(inject, [...flags, '--diff'], { stdin: plain })).stdout, '')
})

t.test('in place the file is swapped, its mode and a link to it kept, and nothing is left beside', async t => {
  const folder = t.testdir({ 'pod.yaml': pod, 'plain.yaml': plain })
  const [file, link] = [join(folder, 'pod.yaml'), join(folder, 'link.yaml')]
  chmodSync(file, 0o640)
  symlinkSync('pod.yaml', link)
  const unchanged = statSync(join(folder, 'plain.yaml')).ino
  t.match(await run(inject, [...flags, '-i', '-f', link, join(folder, 'plain.yaml')]), { code: 0, stdout: '' })
  t.match(readFileSync(file, 'utf8'), 'podvault-login')
  t.equal(statSync(file).mode & 0o777, 0o640)
  t.ok(lstatSync(link).isSymbolicLink())
  t.equal(statSync(join(folder, 'plain.yaml')).ino, unchanged)
  t.same(readdirSync(folder).sort(), ['link.yaml', 'plain.yaml', 'pod.yaml'])
})

t.test('when a workload is refused no file is touched', async t => {
  const wrong = stringify(podWith({ rol: 'x' }))
  const folder = t.testdir({ 'a.yaml': pod, 'b.yaml': wrong })
  t.match(await run(inject, [...flags, '-i', '-f', folder]), { code: 3, stdout: '' })
  t.equal(readFileSync(join(folder, 'a.yaml'), 'utf8'), pod)
})

t.test('when a file cannot be written back none is, and nothing is left beside', async t => {
  const folder = t.testdir({ 'a.yaml': pod, 'b.yaml': pod })
  const [first, gone] = [join(folder, 'a.yaml'), join(folder, 'b.yaml')]
  const write: Command = async (io, args) => {
    const command = parseFlags(withOutput(commandLine(io, 'write', '', '')), args)
    rmSync(gone)
    const files = [first, gone].map(name => {
      const before = readManifest(pod, name)
      return { before, after: { manifest: readManifest(plain, name), judged: [] } }
    })
    if (command !== undefined) writeManifests(command, files, io)
    return 0
  }
  await t.rejects(run(write, ['--in-place']), { code: 'failed', message: /cannot be written back: ENOENT/ })
  t.same(readdirSync(folder), ['a.yaml'])
  t.equal(readFileSync(first, 'utf8'), pod)
})

t.test('stdin has no place to write back to', async t => {
  await t.rejects(run(inject, [...flags, '-i'], { stdin: pod }), { code: 'usage', message: /stdin cannot be written/ })
  await t.rejects(run(inject, [...flags, '-i', '-o', 'json'], { stdin: pod }), {
    code: 'usage',
    message: /cannot be used/,
  })
  await t.rejects(run(inject, [...flags, '--diff', '-o', 'json'], { stdin: pod }), { code: 'usage' })
})
