import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { callHook } from '../../src/agent/http-hook.ts'
import { stageOf } from '../fixtures/agent.ts'

const serverOf = async (t: Test, answer: (path: string) => number | undefined) => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const status = answer(request.url ?? '')
    if (status === undefined) request.socket.destroy()
    else response.writeHead(status).end('ok')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

t.test('the request is sent as it was asked for, and any success will do', async t => {
  const stage = await stageOf(t)
  const { url, asked } = await serverOf(t, () => 204)
  for (const method of ['GET', 'POST', 'PUT'] as const)
    await callHook(stage.agent, { kind: 'http', method, url: `${url}/-/reload?now=1` })
  t.strictSame(
    asked,
    ['GET', 'POST', 'PUT'].map(method => `${method} /-/reload?now=1`),
  )
  t.match(stage.log.at(-1), { event: 'told', hook: 'http', status: 204 })
})

t.test('everything else is an error that says what was asked', async t => {
  const stage = await stageOf(t)
  const { url } = await serverOf(t, path => (path === '/cut' ? undefined : Number(path.slice(1))))
  const call = (path: string) => callHook(stage.agent, { kind: 'http', method: 'POST', url: url + path })
  for (const status of [199 + 101, 302, 404, 500])
    await t.rejects(call(`/${status}`), { message: `POST ${url}/${status} gave status ${status}` })
  await t.rejects(call('/cut'), { message: `POST ${url}/cut was not answered: socket hang up` })
})

t.test('stopped, it does not wait for the answer', async t => {
  const stage = await stageOf(t)
  stage.stop.abort()
  await t.rejects(callHook(stage.agent, { kind: 'http', method: 'POST', url: 'http://127.0.0.1:9/' }), {
    message: /was not answered/,
  })
})
