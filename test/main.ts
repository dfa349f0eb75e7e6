import { spawnSync } from 'node:child_process'
import t from 'tap'

const podvault = (...args: readonly string[]) =>
  spawnSync(process.execPath, ['src/main.ts', ...args], { encoding: 'utf8', env: {} })

t.test('a command that does not exist is refused with those that do', async t => {
  for (const args of [[], ['logn'], ['constructor'], ['__proto__']]) {
    const { status, stdout, stderr } = podvault(...args)
    t.equal(status, 2)
    t.match(stderr, /^usage: podvault COMMAND \[--help\], one of: login renew webhook /)
    t.equal(stdout, '')
  }
})

t.test('help is no error', async t => {
  for (const word of ['--help', '-h', 'help']) {
    const { status, stdout } = podvault(word)
    t.equal(status, 0)
    t.match(stdout, /^usage: podvault COMMAND/)
  }
})

t.test('a failure is one sentence and an exit code, never a stack trace', async t => {
  const { status, stderr } = podvault('login')
  t.equal(status, 2)
  t.match(stderr, /PODVAULT_CONFIG is not set/)
  t.notMatch(stderr, /\n\s+at /)
})

t.test('a reader who has read enough gets no complaint', async t => {
  const { stdout, stderr } = spawnSync('sh', ['-c', `"$0" src/main.ts webhook --help | head -1`, process.execPath], {
    encoding: 'utf8',
  })
  t.match(stdout, /^Usage: podvault webhook/)
  t.equal(stderr, '')
})
