import { writeFileSync } from 'node:fs'
import t from 'tap'
import { kubectlIn, kubectlTextIn } from '../../src/cli/kubectl.ts'
import { fakeKubectl } from '../fixtures/kubectl.ts'

const stop = new AbortController().signal

t.test('gives what kubectl says, with the words that every call gets', async t => {
  const env = fakeKubectl(t.testdir(), { '--context=c get pod/web': { kind: 'Pod' } })
  t.same(await kubectlIn({ env, stop }, ['--context=c'])('get', 'pod/web'), { kind: 'Pod' })
})

t.test('its complaint is ours, the last line of it', async t => {
  const env = fakeKubectl(t.testdir(), { mute: '' })
  const kubectl = kubectlIn({ env, stop }, [])
  await t.rejects(kubectl('get', 'x'), {
    code: 'failed',
    message: 'kubectl failed: Error from server (NotFound): there is no get x',
  })
  await t.rejects(kubectl('mute'), { message: 'kubectl failed: it says no more' })
  const broken = t.testdir()
  writeFileSync(`${broken}/kubectl`, '#!/bin/sh\necho nonsense', { mode: 0o755 })
  await t.rejects(kubectlIn({ env: { PATH: `${broken}:/bin` }, stop }, [])('x'), {
    message: /kubectl failed: it says no more/,
  })
})

t.test('where there is none, a sentence says so', async t => {
  await t.rejects(kubectlIn({ env: { PATH: t.testdir() }, stop }, [])('get'), {
    code: 'failed',
    message: /there is no kubectl on the PATH/,
    hint: /--file/,
  })
})

t.test('what it prints comes as it is, and what it reads is given to it', async t => {
  const folder = t.testdir()
  writeFileSync(`${folder}/kubectl`, '#!/bin/sh\necho "$*"; exec /bin/cat', { mode: 0o755 })
  const kubectl = kubectlTextIn({ env: { PATH: folder }, stop }, ['--context=c'])
  t.equal(await kubectl(['create', '-f', '-'], 'a pod'), '--context=c create -f -\na pod')
  t.equal(await kubectl(['logs']), '--context=c logs\n')
})

t.test('one that does not read what it is given is heard all the same', async t => {
  const folder = t.testdir()
  writeFileSync(`${folder}/kubectl`, '#!/bin/sh\necho forbidden >&2; exit 1', { mode: 0o755 })
  const kubectl = kubectlTextIn({ env: { PATH: folder }, stop }, [])
  await t.rejects(kubectl(['create'], 'x'.repeat(2 ** 20)), { message: 'kubectl failed: forbidden' })
})
