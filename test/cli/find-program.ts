import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import t, { type Test } from 'tap'
import { findProgram } from '../../src/cli/find-program.ts'

const folderWith = (t: Test, files: Readonly<Record<string, string>>): string => {
  const folder = t.testdir(files)
  for (const name of Object.keys(files)) chmodSync(join(folder, name), 0o755)
  return folder
}

t.test('the first folder of PATH that has it, a file, and one that may be run', async t => {
  const folder = folderWith(t, { tool: '#!/bin/sh\n', data: 'x' })
  for (const name of ['one', 'two']) mkdirSync(join(folder, name))
  mkdirSync(join(folder, 'one/tool'))
  writeFileSync(join(folder, 'two/tool'), '', { mode: 0o644 })
  const path = ['/nowhere', join(folder, 'one'), join(folder, 'two'), folder].join(':')
  t.strictSame(findProgram('tool', path), { file: join(folder, 'tool'), words: ['tool'] })
  t.strictSame(findProgram(process.execPath, path), { file: process.execPath, words: [process.execPath] })
  t.throws(() => findProgram('no-such', path), {
    code: 'usage',
    message: 'the command "no-such" cannot be started: no folder of PATH has it',
  })
})

t.test('without PATH the name is that of a file, and so is a name with a slash', async t => {
  const folder = folderWith(t, { tool: '#! /bin/sh -e\n' })
  t.equal(findProgram(join(folder, 'tool'), '/nowhere').file, join(folder, 'tool'))
  t.equal(findProgram(join(folder, 'tool'), undefined).file, join(folder, 'tool'))
  t.throws(() => findProgram('tool', undefined), { message: /it is no file that may be run/ })
})

t.test('a text without an interpreter is for sh, one whose interpreter is missing for nobody', async t => {
  const folder = folderWith(t, { text: 'echo x\n', empty: '', binary: 'x\0y', lost: '#!/no/such/sh -e\n' })
  const find = (name: string) => findProgram(name, folder)
  t.strictSame(find('text'), { file: '/bin/sh', words: ['sh', join(folder, 'text')] })
  t.strictSame(find('empty').words, ['empty'])
  t.strictSame(find('binary').words, ['binary'], 'the kernel may know what it is')
  t.throws(() => find('lost'), { message: /its interpreter "\/no\/such\/sh" is no file that may be run/ })
})

t.test('a program that may be run, but not read, is left to the kernel', async t => {
  const folder = folderWith(t, { tool: 'echo x' })
  const read = () => {
    throw new Error('EACCES')
  }
  t.strictSame(findProgram('tool', folder, read), { file: join(folder, 'tool'), words: ['tool'] })
})
