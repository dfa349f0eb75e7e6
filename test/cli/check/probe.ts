import t from 'tap'
import { type Cluster, probe } from '../../../src/cli/check/probe.ts'
import { PodvaultError } from '../../../src/errors.ts'

const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'check', image: 'podvault:1' }] } }
const log = JSON.stringify({ findings: [{ check: 'vault-login', level: 'ok', message: 'in' }] })

type Answers = {
  readonly stages?: readonly object[]
  readonly log?: string | Error
  readonly create?: Error
  readonly made?: object
}

const run = async ({ stages = [{ phase: 'Succeeded' }], log: said = log, create }: Answers) => {
  const words: string[] = []
  const rest = [...stages]
  const text: Cluster['text'] = async (args, input) => {
    words.push(args.join(' ') + (input === undefined ? '' : ` < ${input}`))
    const answer = args[0] === 'create' ? (create ?? '') : said
    if (answer instanceof Error) throw answer
    return answer
  }
  const json: Cluster['json'] = async () => ({ status: rest.length > 1 ? rest.shift() : rest[0] })
  const farewell: Cluster['farewell'] = async args => {
    words.push(args.join(' '))
    throw new Error('nobody is there')
  }
  let time = 0
  const waiting = { now: () => time, sleep: async (milliseconds: number) => (time += milliseconds) }
  return { findings: probe({ json, text, farewell }, 'shop', pod, waiting), words, passed: () => time }
}

const gone = 'delete pod p --namespace shop --ignore-not-found --wait=false --grace-period=1'

t.test('probe: the pod is made, waited for, heard and taken away', async t => {
  const { findings, words } = await run({ stages: [{ phase: 'Pending' }, { phase: 'Running' }, { phase: 'Failed' }] })
  t.match(await findings, [{ check: 'vault-login', level: 'ok' }])
  t.same(words, [
    `create --filename - --namespace shop < ${JSON.stringify(pod)}`,
    'logs p --namespace shop --container check',
    gone,
  ])
})

t.test('probe: one that does not start is given up, at once where there is no image', async t => {
  const { findings, words } = await run({ stages: [{ phase: 'Pending' }] })
  t.match(await findings, [{ check: 'probe', level: 'failure', message: 'pod p does not start: it is Pending' }])
  t.equal(words.at(-1), gone)
  const waiting = { containerStatuses: [{ state: { waiting: { reason: 'ErrImagePull', message: 'no such image' } } }] }
  const without = await run({ stages: [waiting] })
  t.match(await without.findings, [{ message: /ErrImagePull: no such image/ }])
  t.equal(without.passed(), 0)
})

t.test('probe: an image that cannot look is named', async t => {
  const { findings } = await run({ log: 'x\npodvault: there is no command "check"\n' })
  t.match(await findings, [
    {
      level: 'failure',
      message: 'the podvault of its image has looked at nothing: podvault: there is no command "check"',
    },
  ])
})

t.test('probe: what may not be done is no failure, and the pod is taken away all the same', async t => {
  const { findings, words } = await run({ create: new PodvaultError('failed', 'kubectl failed: forbidden') })
  t.match(await findings, [{ check: 'probe', level: 'unknown', message: 'forbidden' }])
  t.equal(words.at(-1), gone)
  const stopped = await run({ log: new Error('stopped') })
  await t.rejects(stopped.findings, { message: 'stopped' })
  t.equal(stopped.words.at(-1), gone)
})
