import { execFileSync, spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import process from 'node:process'
import t from 'tap'
import { type Host, replaceProcess } from '../../src/cli/replace-process.ts'

const program = { file: '/bin/sh', words: ['sh'] }

/** A process that only writes down what it is told. */
const host = (change: Partial<Host> = {}) => {
  const calls: unknown[] = []
  const handle = { setBlocking: (on: boolean) => void calls.push(['blocking', on]) }
  const made: Host = {
    stdout: { _handle: handle },
    stderr: { _handle: handle },
    on: signal => calls.push(['caught', signal]),
    execve: ((...args: readonly unknown[]) => calls.push(args)) as unknown as NonNullable<Host['execve']>,
    ...change,
  }
  return { made, calls }
}

t.test('the program gets its words, its environment, pipes that block and all signals', async t => {
  const { made, calls } = host()
  replaceProcess(made, program, ['-c', 'x'], { A: 'b' })
  t.strictSame(calls, [
    ['blocking', true],
    ['blocking', true],
    ['caught', 'SIGPIPE'],
    ['caught', 'SIGXFSZ'],
    ['/bin/sh', ['sh', '-c', 'x'], { A: 'b' }],
  ])
})

t.test('a stream that is a file, or has been closed, blocks already', async t => {
  const { made, calls } = host({ stdout: {}, stderr: { _handle: null } })
  replaceProcess(made, program, [], {})
  t.equal(calls.length, 3)
})

t.test('where the system knows no such thing nothing is done', async t => {
  const { made, calls } = host({ execve: undefined })
  t.equal(replaceProcess(made, program, [], {}), false)
  t.strictSame(calls, [])
})

t.test('a real process becomes the program, with the same id and as the kernel makes a new one', async t => {
  const script = 'echo $$; grep -h Sig /proc/self/status; grep -h flags /proc/self/fdinfo/1'
  const code = `
    import { replaceProcess } from ${JSON.stringify(`${process.cwd()}/src/cli/replace-process.ts`)}
    process.stdout.on('error', () => undefined)
    process.once('SIGTERM', () => undefined)
    replaceProcess(process, ${JSON.stringify(program)}, ['-c', ${JSON.stringify(script)}], {})`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [id, ...lines] = (await text(child.stdout)).trimEnd().split('\n')
  t.equal(id, String(child.pid))
  const [signals, flags] = [lines.slice(0, -1), lines.at(-1)]
  const usual = execFileSync('sh', ['-c', 'grep -h Sig /proc/self/status'], { encoding: 'utf8' })
  const ignored = (status: string) => /SigIgn:\s*(\w+)/.exec(status)?.[1]
  t.equal(ignored(signals.join('\n')), ignored(usual))
  t.notOk(Number.parseInt(/\d+/.exec(flags ?? '')?.[0] ?? '', 8) & 0o4000, 'its stdout blocks')
})
