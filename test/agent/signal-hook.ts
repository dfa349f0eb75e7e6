import t, { type Test } from 'tap'
import { signalHook } from '../../src/agent/signal-hook.ts'
import { stageOf } from '../fixtures/agent.ts'

// Lines of a real /proc, with the volume in memory as 0:50 and one on disk.
const mount = (device: string, root: string, point: string) =>
  `36 35 ${device} ${root} ${point} rw,noatime shared:1 - tmpfs tmpfs rw\n`
const process = (parent: number, name: string, mounts: string, start = 5) => ({
  status: `Name:\t${name}\nUmask:\t0022\nPid:\t1\nPPid:\t${parent}\nUid:\t101\t101\t101\t101\nVmSize:\t  9 kB\n`,
  stat: `20 (${name} (x) y) S ${parent} ${'0 '.repeat(17)}${start} 0 0`,
  mountinfo: mount('0:7', '/', '/') + mounts,
})
const theirs = mount('0:50', '/', '/vault/secrets')

const hookIn = async (t: Test, proc: NonNullable<Parameters<Test['testdir']>[0]>, kill?: (pid: number) => void) => {
  const stage = await stageOf(t)
  const folder = t.testdir(proc)
  const signals: string[] = []
  const host = {
    proc: folder,
    pid: 7,
    kill: (pid: number, signal: string) => {
      kill?.(pid)
      signals.push(`${pid} ${signal}`)
    },
  }
  const config = { ...stage.config, folders: { ...stage.config.folders, secrets: '/podvault/secrets' } }
  return { stage, signals, run: () => signalHook({ ...stage.agent, config, host }, 'SIGHUP') }
}
const us = process(0, 'node', mount('0:9', '/', '/podvault') + mount('0:50', '/', '/podvault/secrets'))

t.test('the main process of every container with our volume gets it, and nobody else', async t => {
  const { stage, signals, run } = await hookIn(t, {
    '1': process(0, 'pause', theirs),
    '7': us,
    '20': process(0, 'app', theirs),
    '21': process(20, 'worker', theirs),
    '30': process(0, 'other', mount('0:51', '/', '/vault/secrets')),
    '40': process(0, 'subpath', mount('0:50', '/tls', '/tls')),
    self: process(0, 'self', theirs),
    '99': {},
  })
  run()
  t.strictSame(signals.sort(), ['20 SIGHUP', '40 SIGHUP'])
  t.match(stage.log, [
    { event: 'told', hook: 'signal', signal: 'SIGHUP', pid: 20, name: 'app' },
    { event: 'told', pid: 40 },
  ])
})

t.test('a shell or a probe that runs beside the main process is left alone, and so is the kernel', async t => {
  const kernel = process(0, 'kthreadd', theirs)
  const { signals, run } = await hookIn(t, {
    '7': us,
    '2': { ...kernel, status: kernel.status.replace(/VmSize.*/, '') },
    '20': process(0, 'sh', theirs, 300),
    '50': process(0, 'app', theirs, 200),
    '60': process(0, 'other', mount('0:50', '/', '/other'), 400),
  })
  run()
  t.strictSame(signals.sort(), ['50 SIGHUP', '60 SIGHUP'])
})

t.test('volumes on one disk are told apart by where they lie', async t => {
  const volume = '/pods/a/volumes/secrets'
  const { signals, run } = await hookIn(t, {
    '7': process(0, 'node', mount('8:1', volume, '/podvault/secrets')),
    '20': process(0, 'app', mount('8:1', volume, '/x')),
    '30': process(0, 'other', mount('8:1', `${volume}-2`, '/x')),
  })
  run()
  t.strictSame(signals, ['20 SIGHUP'])
})

t.test('nobody in sight is an error that says what is needed', async t => {
  for (const proc of [{ '7': us }, { '20': process(0, 'app', theirs) }] as const) {
    const { signals, run } = await hookIn(t, proc)
    t.throws(run, { message: /no other container of this pod/, hint: /needs shareProcessNamespace: true/ })
    t.strictSame(signals, [])
  }
})

t.test('a process of another user is named, with what to do, and the others still get theirs', async t => {
  const denied = Object.assign(new Error('kill EPERM'), { code: 'EPERM' })
  const both = { '7': us, '20': process(0, 'app', theirs), '30': process(0, 'more', mount('0:50', '/', '/more')) }
  const { stage, signals, run } = await hookIn(t, both, pid => {
    if (pid === 20) throw denied
  })
  run()
  t.strictSame(signals, ['30 SIGHUP'])
  t.match(stage.log[0], {
    level: 'warn',
    event: 'hook failed',
    reason: 'kill EPERM; it belongs to user 101: set podvault.dev/run-as-user: "101"',
  })
})

t.test('a process that has just gone needs nothing', async t => {
  const gone = Object.assign(new Error('kill ESRCH'), { code: 'ESRCH' })
  const { stage, run } = await hookIn(t, { '7': us, '20': process(0, 'app', theirs) }, () => {
    throw gone
  })
  run()
  t.match(stage.log[0], { event: 'hook failed', reason: /^kill ESRCH$/ })
})
