import t from 'tap'
import { agentInject, agentInjectAs } from '../../src/webhook/agent-inject.ts'
import { run } from '../fixtures/io.ts'

t.test("it is the webhook, and takes vault-k8s's chart's second word for nothing", async t => {
  const given: (readonly string[])[] = []
  const command = agentInjectAs(async (_io, args) => {
    given.push(args)
    return 0
  })
  t.equal((await run(command, ['2>&1', '--listen', ':8080'])).code, 0)
  t.same(given, [['--listen', ':8080']])
  t.match((await run(agentInject, ['2>&1', '--help'])).stdout, /Serves the admission webhook/)
})
