import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import t from 'tap'

const podvault = (...args: readonly string[]) =>
  spawnSync(process.execPath, ['src/main.ts', ...args], { encoding: 'utf8', env: {} })

t.test('a command that does not exist is refused, with what was perhaps meant', async t => {
  for (const [word, hint] of [
    ['logn', 'did you mean login?'],
    ['constructor', '`podvault help` lists every one'],
    ['__proto__', '`podvault help` lists every one'],
  ] as const)
    t.match(podvault(word), { status: 2, stdout: '', stderr: `podvault: there is no command "${word}": ${hint}\n` })
  t.match(podvault(), { status: 2, stdout: '', stderr: /^usage: podvault COMMAND/ })
})

t.test('help is no error', async t => {
  for (const word of ['--help', '-h', 'help'])
    t.match(podvault(word), { status: 0, stdout: /^usage: podvault COMMAND[^]*\n {2}login +the init container/ })
  t.match(podvault('help', 'inject'), { status: 0, stdout: /^Usage: podvault inject/ })
  t.match(podvault('renew', '--help'), { status: 0, stdout: /^podvault renew: / })
  t.match(podvault('--version'), { status: 0, stdout: /^podvault \d/ })
})

t.test('as a plugin of kubectl it is called so, and completes', async t => {
  const folder = t.testdir({
    'kubectl-podvault': t.fixture('symlink', resolve('src/main.ts')),
    'kubectl_complete-podvault': t.fixture('symlink', resolve('src/main.ts')),
  })
  const as = (name: string, ...args: readonly string[]) =>
    spawnSync(process.execPath, [join(folder, name), ...args], { encoding: 'utf8', env: {} })
  t.match(as('kubectl-podvault', 'help', 'explain'), { status: 0, stdout: /^Usage: kubectl podvault explain/ })
  t.match(as('kubectl-podvault', 'expl'), { status: 2, stderr: /^kubectl podvault: there is no command "expl"/ })
  t.match(as('kubectl_complete-podvault', 'inject', '--out'), { status: 0, stdout: '--output\n:4\n' })
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
