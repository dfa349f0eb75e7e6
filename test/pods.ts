// Every case is a folder of real files: `kubectl apply -f pod.yaml`, `podvault review < review.json`,
// `kubectl patch --type=json --patch-file patch.json`. `npm run golden` writes what stands beside pod.yaml.
import jsonpatch, { type Operation } from 'fast-json-patch'
import t from 'tap'
import { stringify } from 'yaml'
import { review } from '../src/webhook/review.ts'
import { type Case, cases } from './fixtures/cases.ts'
import { hasNoGolden, matchesGolden } from './fixtures/golden.ts'

type Response = {
  readonly allowed: boolean
  readonly patch?: string
  readonly warnings?: readonly string[]
}

const requestOf = ({ name, namespace, pod }: Case): object => ({
  uid: `00000000-0000-0000-0000-${Buffer.from(name).toString('hex').slice(0, 12).padEnd(12, '0')}`,
  kind: { group: '', version: 'v1', kind: 'Pod' },
  resource: { group: '', version: 'v1', resource: 'pods' },
  namespace,
  operation: 'CREATE',
  dryRun: true,
  object: pod,
})

/** What the webhook answers; it takes over what it is given. */
const answerTo = (request: object, { settings }: Case): Response => {
  const reviewed = review(
    structuredClone({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request }),
    settings,
  )
  if (reviewed.kind === 'unreadable') throw new Error(reviewed.message)
  return (JSON.parse(reviewed.text) as { readonly response: Response }).response
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

const all = cases()

for (const each of all)
  t.test(`the pod of ${each.folder} becomes what stands beside it`, async t => {
    const { folder, pod } = each
    const request = requestOf(each)
    const response = answerTo(request, each)
    const { patch: encoded, ...shown } = response
    matchesGolden(
      t,
      `${folder}/review.json`,
      json({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request, response: shown }),
    )
    if (encoded === undefined) {
      hasNoGolden(t, `${folder}/patch.json`)
      hasNoGolden(t, `${folder}/injected.yaml`)
      return
    }
    const patch = JSON.parse(Buffer.from(encoded, 'base64').toString()) as Operation[]
    const injected = jsonpatch.applyPatch(structuredClone(pod), structuredClone(patch), true).newDocument
    matchesGolden(t, `${folder}/patch.json`, json(patch))
    matchesGolden(t, `${folder}/injected.yaml`, stringify(injected, { lineWidth: 0, aliasDuplicateObjects: false }))
    const again = answerTo(requestOf({ ...each, pod: injected }), each)
    t.match(
      [again.allowed, again.patch, again.warnings],
      [true, undefined, undefined],
      'a second review changes nothing',
    )
  })

t.test('there are many', async t => {
  t.ok(all.length >= 60, `${all.length} cases`)
})
