import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import t from 'tap'
import { clear, leftovers } from './leftovers.ts'

// A cluster inside the cluster: its namespaces are new ones, so it does not meet the one around it.
const program = (id: string) =>
  `import { enter } from './test/cluster/enter.ts'
   process.exitCode = await enter('${id}', ['sh', '-c', 'echo started; sleep 1000'])`

for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const)
  t.test(`nothing of a cluster is left after ${signal}`, async t => {
    const id = randomBytes(4).toString('hex')
    const run = spawn(process.execPath, ['--input-type=module-typescript', '-e', program(id)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.teardown(() => run.kill('SIGKILL'))
    const exited = once(run, 'exit')
    for await (const line of createInterface(run.stdout)) if (line === 'started') break
    t.ok(leftovers(id).some(thing => thing.startsWith('process')))
    run.kill(signal)
    await exited
    // Nobody is there to clear up after SIGKILL: all must end by itself, but for an empty cgroup.
    t.same(signal === 'SIGKILL' ? await clear(id) : leftovers(id), [])
  })
