import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:https'
import process from 'node:process'
import { json } from 'node:stream/consumers'
import t from 'tap'
import { app, shell } from './apps.ts'
import { connect } from './cluster.ts'
import { node, run } from './place.ts'
import { execute } from './processes.ts'
import { register } from './replicas.ts'
import { otherOperator, program } from './webhook.ts'

const cluster = connect()
const name = 'podvault-overload'
const port = 9890

/** What the webhook says first; after that it allows. */
const answers = {
  'status 503 and Retry-After': { status: 503, headers: { 'retry-after': '1' }, asked: 2 },
  'status 429 and Retry-After': { status: 429, headers: { 'retry-after': '1' }, asked: 2 },
  'status 503 alone': { status: 503, headers: {}, asked: 1, refused: /failed calling webhook/ },
  'a refusal with code 429': { status: 200, headers: {}, asked: 1, refused: /denied the request: too many/ },
} as const

t.test('why an overloaded webhook answers 503 and Retry-After: only then does the API server ask again', async t => {
  const certs = `${run}/${name}`
  execute(process.execPath, program, 'certs', '--dir', certs, '--host', node)
  const [cert, key] = ['tls.crt', 'tls.key'].map(file => readFileSync(`${certs}/${file}`, 'utf8')) as [string, string]
  let [asked, first]: [number, (typeof answers)[keyof typeof answers]] = [0, answers['status 503 alone']]
  type Review = { readonly request: { readonly uid: string } }
  const server = createServer({ cert, key }, async (request, response) => {
    const { uid } = ((await json(request)) as Review).request
    asked += 1
    const [status, headers] = asked > 1 ? [200, {}] : [first.status, first.headers]
    const allowed = asked > 1
    const answer = { uid, allowed, ...(!allowed && { status: { code: 429, message: 'too many' } }) }
    response.writeHead(status, { ...headers, 'content-type': 'application/json' })
    response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }))
  })
  server.listen(port, node)
  await once(server, 'listening')
  t.teardown(() => server.close().closeAllConnections())
  const caBundle = readFileSync(`${certs}/ca.crt`, 'base64')
  await register(cluster.api, name, { url: `https://${node}:${port}/mutate`, caBundle })
  const namespace = await cluster.namespace(t, { labels: { [otherOperator]: name } })
  const pod = (of: string) => ({ ...app(of, { role: 'x', secrets: 'A=b#c' }, shell('true')), schedulerName: 'nobody' })

  for (const [index, [what, answer]] of Object.entries(answers).entries()) {
    ;[asked, first] = [0, answer]
    const creating = namespace.create(pod(`pod-${index}`))
    if ('refused' in answer) await t.rejects(creating, { message: answer.refused }, what)
    else await t.resolves(creating, what)
    t.equal(asked, answer.asked, `${what}: how often it was asked`)
  }
})
