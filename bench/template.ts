// npm run bench:template: a range over 10,000 keys, and a usual template, rendered by ours and by consul-template in Go, in
// turn, on one core. Needs Go and taskset.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { checkTemplate } from '../src/template/check.ts'
import { parseTemplate } from '../src/template/read.ts'
import { execute } from '../src/template/template.ts'

type Times = { readonly milliseconds: readonly number[]; readonly bytes: number }
type Question = { readonly template: string; readonly runs: number; readonly body: unknown }

const keys = Array.from({ length: 10_000 }, (_, index) => String(index).padStart(5, '0'))
const large: Question = {
  template: '{{ with secret "kv/bench" }}{{ range $k, $v := .Data }}{{ $k }}={{ $v }}\n{{ end }}{{ end }}',
  runs: 31,
  body: {
    data: Object.fromEntries(keys.map(key => [`key-${key}`, `the value of a secret that has some length ${key}`])),
  },
}
const usual: Question = {
  template:
    '{{ with secret "kv/bench" }}postgres://{{ .Data.username | urlquery }}:{{ .Data.password | urlquery }}@{{ .Data.host }}:{{ .Data.port }}/app{{ end }}',
  runs: 2001,
  body: { data: { username: 'web', password: 'a secret & more', host: 'db.example.com', port: 5432 } },
}

const node = (what: string): readonly string[] => [process.execPath, fileURLToPath(import.meta.url), what]

/** Of this process, in milliseconds: what others do on the machine does not count. */
const cpu = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Parsed each time, as consul-template does. */
const ours = ({ template, runs, body }: Question): Times => {
  let bytes = 0
  const milliseconds = Array.from({ length: runs }, () => {
    const began = cpu()
    const parsed = parseTemplate(template)
    const outcome = 'message' in parsed ? undefined : execute(parsed, { env: {}, now: 0, answer: () => body })
    if (outcome?.kind !== 'rendered') throw new Error('not rendered')
    bytes = outcome.contents.length
    return cpu() - began
  })
  return { milliseconds, bytes }
}

const checked = ({ template, runs }: Question): Times => ({
  milliseconds: Array.from({ length: runs }, () => {
    const began = cpu()
    checkTemplate(template)
    return cpu() - began
  }),
  bytes: template.length,
})

const own = process.argv[2]
if (own !== undefined) {
  const question = JSON.parse(readFileSync(0, 'utf8')) as Question
  process.stdout.write(JSON.stringify((own === 'check' ? checked : ours)(question)))
} else {
  const folder = mkdtempSync(join(tmpdir(), 'podvault-bench-'))
  const [oracle, input] = [join(folder, 'oracle'), join(folder, 'question.json')]
  execFileSync('go', ['build', '-o', oracle, '.'], { cwd: 'test/template/oracle' })
  const one = (command: readonly string[], question: Question, cwd?: string): Times => {
    writeFileSync(input, JSON.stringify(question))
    const { stdout, status } = spawnSync('taskset', ['-c', '0', ...command], {
      encoding: 'utf8',
      env: { ...process.env, GOMAXPROCS: '1' },
      cwd,
      maxBuffer: 2 ** 26,
      stdio: [openSync(input, 'r'), 'pipe', 'ignore'],
    })
    if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}`)
    return JSON.parse(stdout) as Times
  }
  const sorted = ({ milliseconds }: Times): readonly number[] => milliseconds.toSorted((a, b) => a - b)
  const median = (times: Times): number => sorted(times)[times.milliseconds.length >> 1] ?? NaN
  const rate = ({ bytes }: Times, milliseconds: number): string => `${(bytes / 1000 / milliseconds).toFixed(1)} MB/s`
  for (let round = 1; round <= 3; round++) {
    const [us, them] = [one(node('render'), large), one([oracle, '-time'], large, 'test/template/oracle')]
    if (us.bytes !== them.bytes) throw new Error('they render differently')
    const first = (times: Times): number => times.milliseconds[0] ?? NaN
    process.stdout.write(
      `10,000 lines, ${us.bytes} bytes: podvault ${rate(us, median(us))}, first time ${rate(us, first(us))}; Go ${rate(them, median(them))}, first time ${rate(them, first(them))}\n`,
    )
    const [usually, theirs] = [one(node('render'), usual), one([oracle, '-time'], usual, 'test/template/oracle')]
    const reading = one(node('check'), usual)
    process.stdout.write(
      `a usual one: podvault ${(median(usually) * 1000).toFixed(0)} µs, first time ${first(usually).toFixed(1)} ms; Go ${(median(theirs) * 1000).toFixed(0)} µs, first time ${first(theirs).toFixed(1)} ms; read at admission ${(median(reading) * 1000).toFixed(0)} µs\n`,
    )
  }
}
