import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { reviewText } from '../../src/webhook/review.ts'
import { type Case, cases } from '../fixtures/cases.ts'
import { ApiError } from './api.ts'
import { connect } from './cluster.ts'
import { node } from './place.ts'
import { certs, otherOperator } from './webhook.ts'

// The cases of test/fixtures/pods before the real API server: its own patch engine, defaulting and validation must agree
// with what is written there. Each case has an operator of its own, so the answers come from a server in this test.

const cluster = connect()
const all = cases()

type Review = {
  readonly request: { namespace: string; readonly object: Case['pod'] }
}

/** Answers as the webhook does, with the settings of the case whose pod it is. */
const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const review = JSON.parse(await text(request)) as Review
  const found = all.find(each => nameOf(each.pod) === nameOf(review.request.object))
  if (found === undefined) throw new Error(`no case is called ${nameOf(review.request.object)}`)
  review.request.namespace = found.namespace
  const reviewed = reviewText(JSON.stringify(review), found.settings)
  response.setHeader('content-type', 'application/json').end(reviewed.kind === 'answered' ? reviewed.text : '')
}

const serve = async (t: Test): Promise<string> => {
  const [cert, key] = [readFileSync(`${certs}/tls.crt`), readFileSync(`${certs}/tls.key`)]
  const server = createServer({ cert, key }, (request, response) => void answer(request, response))
  server.listen(0, node)
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  return `https://${node}:${typeof address === 'object' ? address?.port : ''}/mutate`
}

t.test('the API server makes of every case the pod that stands beside it', async t => {
  const namespace = await cluster.namespace(t, { labels: { [otherOperator]: 'true' } })
  await cluster.api.create(`${namespace.path}/serviceaccounts`, {
    metadata: { name: 'web' },
    automountServiceAccountToken: false,
  })
  // Or the API server's plugin adds a volume of a random name before the webhook sees the pod.
  const without = JSON.stringify({ automountServiceAccountToken: false })
  await cluster.kubectl('-n', namespace.name, 'patch', 'serviceaccount', 'default', '-p', without)
  const configurations = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
  await cluster.api.create(configurations, {
    metadata: { name: 'dry-run.podvault.dev' },
    webhooks: [
      {
        name: 'dry-run.podvault.dev',
        clientConfig: { url: await serve(t), caBundle: readFileSync(`${certs}/ca.crt`, 'base64') },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        namespaceSelector: { matchLabels: { [otherOperator]: 'true' } },
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  })
  t.teardown(async () => cluster.api.remove(`${configurations}/dry-run.podvault.dev`))
  for (const each of all)
    await t.test(each.name, async t => {
      const created = await dryRun(`${namespace.path}/pods?dryRun=All`, each)
      const { response } = JSON.parse(readFileSync(`${each.folder}/review.json`, 'utf8')) as Golden
      if (!response.allowed) {
        t.ok(
          created instanceof ApiError &&
            created.message.includes(JSON.stringify(response.status?.message).slice(1, -1)),
          String(created),
        )
        return
      }
      const expected =
        response.patchType === undefined ? each.pod : parse(readFileSync(`${each.folder}/injected.yaml`, 'utf8'))
      if (created instanceof ApiError) t.fail(created.message)
      else t.strictSame(missing(withoutNamespace(expected), created), [])
    })
})

const nameOf = ({ metadata }: Case['pod']): string => metadata?.name ?? `${metadata?.generateName}`

type Golden = {
  readonly response: {
    readonly allowed: boolean
    readonly patchType?: string
    readonly status?: { readonly message: string }
  }
}

const withoutNamespace = (pod: Case['pod']): Case['pod'] => {
  const { namespace: _, ...metadata } = pod.metadata ?? {}
  return { ...pod, metadata }
}

const dryRun = async (path: string, { pod }: Case): Promise<unknown> =>
  cluster.api.create<unknown>(path, withoutNamespace(pod)).catch((error: unknown) => error)

/** What of the expected pod the API server's lacks; it may add, but nothing may be lost, changed or moved. */
const missing = (expected: unknown, actual: unknown, at = ''): readonly string[] => {
  if (Array.isArray(expected)) {
    const items: readonly unknown[] = Array.isArray(actual) ? actual : []
    return expected.flatMap((item: unknown, index) => missing(item, items[index], `${at}[${index}]`))
  }
  if (typeof expected === 'object' && expected !== null)
    return Object.entries(expected).flatMap(([key, value]) =>
      missing(value, (actual as Readonly<Record<string, unknown>> | undefined)?.[key], `${at}.${key}`),
    )
  return expected === actual ? [] : [`${at}: ${JSON.stringify(expected)} is ${JSON.stringify(actual)}`]
}
