import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { leftovers, removeCgroup } from './leftovers.ts'

// A cluster inside the cluster: its namespaces are new ones, so it does not meet the one around it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const)
  t.test(`nothing of a cluster is left after ${signal}`, async t => {
    const run = spawn(
      process.execPath,
      [join(import.meta.dirname, 'run.ts'), '--', 'sh', '-c', 'echo started; sleep 1000'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, PODVAULT_PREPARED: 'true' },
      },
    )
    const id = String(run.pid)
    for await (const line of createInterface(run.stdout)) if (line === 'started') break
    t.not(leftovers(id).length, 0, 'the cluster is there')
    const exited = once(run, 'exit')
    run.kill(signal)
    await exited
    // After SIGKILL nobody is there to remove it; the next run would.
    if (signal === 'SIGKILL') await removeCgroup(id)
    t.same(leftovers(id), [])
  })
