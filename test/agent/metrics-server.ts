import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { measured } from '../../src/agent/metrics-server.ts'
import { prepare } from '../../src/agent/prepare.ts'
import { entry, file, stageOf } from '../fixtures/agent.ts'

const creds = file('db', entry('database/creds/app', { USER: 'username' }))

const begun = async (t: Test) => {
  const stage = await stageOf(t, { files: [creds] })
  const session = await prepare(stage.agent, false)
  const { agent, server, seen: show, close } = measured(stage.agent, 0)
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    close()
  })
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  return { stage, session, agent, origin, port, show }
}

const seen = async (response: Promise<Response>) => {
  const { status, headers } = await response
  return { status, type: headers.get('content-type'), text: await (await response).text() }
}

t.test('GET /metrics says what is measured, in the format of Prometheus', async t => {
  const { session, origin, show } = await begun(t)
  show(session)
  const { status, type, text } = await seen(fetch(`${origin}/metrics?x=1`))
  t.equal(status, 200)
  t.equal(type, 'text/plain; version=0.0.4; charset=utf-8')
  t.match(text, /^podvault_agent_ready 1$/m)
  t.match(text, /^podvault_agent_files 2$/m, 'env and db.json')
  t.match(text, /^podvault_agent_files_bytes [1-9]\d*$/m)
  t.match(text, /^process_resident_memory_bytes \d{7,}$/m)
})

t.test('GET /ready says whether all is good, and what has ended where it is not', async t => {
  const { stage, session, origin, show } = await begun(t)
  t.match(await seen(fetch(`${origin}/ready`)), { status: 503, text: 'not ready: there are no secrets yet\n' })
  t.match(await (await fetch(`${origin}/metrics`)).text(), /^podvault_agent_ready 0$/m)
  show(session)
  t.match(await seen(fetch(`${origin}/ready`)), { status: 200, text: 'ready\n' })
  await stage.clock.sleep(60_000, new AbortController().signal)
  t.match(await seen(fetch(`${origin}/ready`)), { status: 503, text: 'not ready; ended: database/creds/app\n' })
})

t.test('what the agent logs and asks is counted', async t => {
  const { agent, session, origin, stage } = await begun(t)
  agent.log('warn', 'hook failed', { hook: 'http' })
  await agent.vault.request({ method: 'GET', path: 'auth/token/lookup-self', token: session.state.token.value })
  const { text } = await seen(fetch(`${origin}/metrics`))
  t.match(text, /^podvault_agent_failures_total\{reason="hook"\} 1$/m)
  t.match(text, /^podvault_agent_vault_requests_total\{result="ok"\} 1$/m)
  t.match(stage.log.at(-1), { event: 'hook failed' }, 'and logged')
})

t.test('nothing else is there, and nothing but GET is answered', async t => {
  const { origin } = await begun(t)
  for (const path of ['/', '/metrics/', '/ready/..', '/debug']) t.equal((await fetch(origin + path)).status, 404, path)
  for (const method of ['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS']) {
    const response = await fetch(`${origin}/metrics`, { method })
    t.equal(response.status, 405, method)
    t.equal(response.headers.get('allow'), 'GET')
  }
})

t.test('a connection serves one request, and one that says nothing is closed', async t => {
  const { origin, port } = await begun(t)
  t.equal((await fetch(`${origin}/ready`)).headers.get('connection'), 'close')
  const socket = connect(port, '127.0.0.1')
  socket.write(`GET /ready HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  t.match(String(answer), /^HTTP\/1\.1 431 /)
  await once(socket, 'close')
})

t.test('it is reached at every address of the pod', async t => {
  const { port } = await begun(t)
  for (const host of ['127.0.0.1', '127.0.0.2']) {
    const asked = request({ host, port, path: '/ready' })
    asked.end()
    const [response] = (await once(asked, 'response')) as [{ statusCode: number; resume: () => void }]
    t.equal(response.statusCode, 503)
    response.resume()
  }
})

t.test('a port that is taken is said, and the secrets go on', async t => {
  const { stage, port } = await begun(t)
  const { server } = measured(stage.agent, port)
  await once(server, 'error')
  t.match(stage.log.at(-1), { level: 'warn', event: 'metrics not served', port, reason: /EADDRINUSE/ })
})
