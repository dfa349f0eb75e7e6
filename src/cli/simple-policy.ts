import { names } from '../contract.ts'
import type { Container } from '../inject/pod.ts'
import { statusAnnotation } from '../inject/status.ts'
import { celOf } from './cel.ts'
import type { Simple } from './simple-pod.ts'

type Variable = { readonly name: string; readonly expression: string }

/** Letters that mean nothing in JSON, in CEL or to the kubelet. */
const word = String.raw`[A-Za-z0-9_.:@+-]+`
const path = String.raw`[A-Za-z0-9_.:@+/-]+`

const annotations = 'object.metadata.annotations'

/** What a pod may say; everything else is for the webhook. */
export const covered: readonly string[] = ['inject', 'role', 'secrets', 'status'].map(key => `podvault.dev/${key}`)

const most = 100

/** The secrets file, vaultenv version 1 or 2, as far as policies read it. */
const secretsFile: readonly Variable[] = [
  {
    name: 'lines',
    expression: `${annotations}[?'podvault.dev/secrets'].orValue('').split('\\n').map(l, l.trim()).filter(l, l != '' && !l.startsWith('#'))`,
  },
  {
    name: 'mount',
    expression: `variables.lines.size() > 1 && variables.lines[0].matches(r'^VERSION\\s+2$') && variables.lines[1].matches(r'^MOUNT\\s+${word}$')
? variables.lines[1].find(r'\\S+$') : ''`,
  },
  { name: 'entries', expression: `variables.lines.slice(variables.mount == '' ? 0 : 2, variables.lines.size())` },
  {
    name: 'isRead',
    expression: `variables.entries.size() > 0 && variables.entries.size() <= ${most}
&& variables.entries.all(l, l.matches(r'^([A-Za-z_][A-Za-z0-9_]*=\\s*)?${path}#\\s*${path}$'))`,
  },
  {
    name: 'parts',
    expression: `variables.entries.map(l, {'name': l.substring(0, l.indexOf('=') + 1),
'path': l.substring(l.indexOf('=') + 1).split('#')[0].trim(), 'key': l.substring(l.indexOf('=') + 1).split('#')[1].trim()})`,
  },
  {
    name: 'secrets',
    expression: `variables.parts.map(p, {'key': p.key, 'path': (variables.mount == '' ? 'secret' : variables.mount) + '/' + p.path,
'name': p.name != '' ? p.name.replace('=', '')
: ((variables.mount == '' ? '' : variables.mount + '_') + p.path + '_' + p.key).replace('/', '_').replace('-', '_').upperAscii()})`,
  },
  { name: 'names', expression: `variables.isRead ? variables.secrets.map(s, s.name) : []` },
]

/** What keeps a pod from its secrets, each in a sentence. Holds before the injection as well as behind it. */
const problems = (mountPath: string): Variable => {
  const folder = `${mountPath}/`
  const checks: readonly (readonly [holds: string, sentence: string])[] = [
    [
      `${annotations}[?'podvault.dev/inject'].orValue('true') == 'true'`,
      'podvault.dev/inject is neither "true" nor "false"',
    ],
    [
      `${annotations}.all(k, !k.startsWith('vault.hashicorp.com/') && (!k.startsWith('podvault.dev/') || k in ${JSON.stringify(covered)}))`,
      'without the webhook no annotation is known but podvault.dev/inject, role and secrets',
    ],
    [
      `${annotations}[?'podvault.dev/role'].orValue('').matches(r'^${path}$')`,
      'podvault.dev/role is missing, or has other letters than A-Z a-z 0-9 _ . : @ + / -',
    ],
    [
      'variables.isRead',
      `podvault.dev/secrets is missing or is not what policies read: up to ${most} lines of [NAME=]path#key, behind VERSION 2 and MOUNT name where the mount is not "secret"`,
    ],
    ['variables.names.distinct().size() == variables.names.size()', 'podvault.dev/secrets gives two secrets one name'],
    [
      `object.spec.containers.all(c, !has(c.env) || c.env.all(e, !(e.name in variables.names)
|| e.?valueFrom.?fileKeyRef.?volumeName.orValue('') == '${names.secretsVolume}'))`,
      'a container has a variable of its own by the name of a secret',
    ],
    [
      `object.spec.containers.all(c, !has(c.volumeMounts) || c.volumeMounts.all(m, m.name == '${names.secretsVolume}'
|| !((m.mountPath + '/').startsWith('${folder}') || '${folder}'.startsWith(m.mountPath + '/'))))`,
      `a container has a mount of its own on, above or below ${mountPath}`,
    ],
  ]
  return {
    name: 'problems',
    expression: checks.map(([holds, sentence]) => `(${holds}\n? [] : ['${sentence}'])`).join('\n+ '),
  }
}

const runAs = (field: string, ours: number): string =>
  `[object.spec.containers[0].?securityContext.?${field}.orValue(object.spec.?securityContext.?${field}.orValue(0)), dyn(${ours})].filter(id, id != 0)[0]`

const everyContainer = (condition: string): string =>
  `(!has(object.spec.initContainers) || object.spec.initContainers.all(c, ${condition})) && object.spec.containers.all(c, ${condition})`

const isBestEffort = everyContainer(
  `['cpu', 'memory'].all(n, !c.?resources.?requests[?n].hasValue() && !c.?resources.?limits[?n].hasValue())`,
)

const isGuaranteed = everyContainer(`['cpu', 'memory'].all(n, c.?resources.?limits[?n].hasValue()
&& quantity(string(c.resources.limits[n])).compareTo(quantity(string(c.?resources.?requests[?n].orValue(c.resources.limits[n])))) == 0)`)

/** What the webhook derives from the rest of the pod. */
const derived = ({ ids, config }: Simple): readonly Variable[] => [
  { name: 'user', expression: runAs('runAsUser', ids.user) },
  { name: 'group', expression: runAs('runAsGroup', ids.group) },
  {
    name: 'mode',
    expression: `object.spec.?securityContext.?fsGroup.hasValue() ? ${0o440}
: object.spec.containers.all(c, c.?securityContext.?runAsUser.orValue(object.spec.?securityContext.?runAsUser.orValue(-1)) == variables.user) ? ${0o400} : ${0o444}`,
  },
  { name: 'config', expression: config },
  {
    name: 'quality',
    expression: `has(object.spec.resources) || (${isBestEffort}) ? 'bestEffort'\n: ${isGuaranteed} ? 'guaranteed' : 'burstable'`,
  },
  {
    name: 'at',
    expression: `!has(object.spec.initContainers) ? 0 : ([-1] + lists.range(object.spec.initContainers.size()).filter(i,
object.spec.initContainers[i].?restartPolicy.orValue('') == 'Always'
&& object.spec.initContainers[i].name in ['istio-proxy', 'linkerd-proxy', 'kuma-sidecar', 'consul-dataplane'])).max() + 1`,
  },
]

const add = (at: string, value: string): string => `JSONPatch{op: 'add', path: ${at}, value: ${value}}`

/** A list that is there, then its new items. */
const list = (has: string, at: string, items: readonly string[]): string =>
  [`(has(${has}) ? [] : [${add(at, '[]')}])`, ...items].join('\n+ ')

const patchOf = ({ volumes, agents, resources, wiring, status, holes }: Simple): string => {
  const container = `'/spec/containers/' + string(i)`
  const agent = (each: Container, index: number): string => {
    const { resources: _, ...rest } = each
    const at = `'/spec/initContainers/' + string(variables.at + ${index})`
    return `[${add(at, celOf(rest, holes))},\n${add(`${at} + '/resources'`, `${celOf(resources)}[variables.quality]`)}]`
  }
  const wired = [
    list('object.spec.containers[i].volumeMounts', `${container} + '/volumeMounts'`, [
      `[${wiring.mounts.map(mount => add(`${container} + '/volumeMounts/-'`, celOf(mount))).join(', ')}]`,
    ]),
    list('object.spec.containers[i].env', `${container} + '/env'`, [
      `lists.range(variables.secrets.size()).map(j, ${add(`${container} + '/env/' + string(j)`, celOf(wiring.env[0], holes))})`,
    ]),
  ]
  return [
    `variables.problems.size() > 0 ? [] :\n${list('object.spec.volumes', "'/spec/volumes'", [
      `[${volumes.map(volume => add("'/spec/volumes/-'", celOf(volume))).join(',\n')}]`,
    ])}`,
    `lists.range(object.spec.containers.size()).map(i, ${wired.join('\n+ ')}).flatten()`,
    list('object.spec.initContainers', "'/spec/initContainers'", agents.map(agent)),
    `[${add(`'/metadata/annotations/' + jsonpatch.escapeKey('${statusAnnotation}')`, celOf(status, holes))}]`,
  ].join('\n+ ')
}

export type Manifest = { readonly apiVersion: string; readonly kind: string } & Readonly<Record<string, unknown>>

const name = 'podvault-simple'

const manifest = (kind: string, spec: object): Manifest => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind,
  metadata: { name, labels: { 'app.kubernetes.io/name': 'podvault' } },
  spec,
})

const asks = {
  name: 'asks-for-podvault',
  expression: `has(${annotations}) && ${annotations}[?'podvault.dev/inject'].orValue('false') != 'false'`,
}
const noMirror = {
  name: 'no-mirror-pod',
  expression: `!('kubernetes.io/config.mirror' in ${annotations})`,
}
const notInjected = {
  name: 'not-injected',
  expression: `!has(object.spec.initContainers) || !object.spec.initContainers.exists(c, c.name == '${names.login}')`,
}

const constraints = (excluded: readonly string[]) => ({
  resourceRules: [
    { apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'], scope: 'Namespaced' },
  ],
  matchPolicy: 'Equivalent',
  namespaceSelector: {
    matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: excluded }],
  },
})

/** Injection by the API server itself, without a webhook, and the policy that says why a pod was not injected. Kubernetes ≥ 1.36. */
export const simplePolicies = (simple: Simple): readonly Manifest[] => {
  const [mount] = simple.wiring.mounts
  const shared = [...secretsFile, problems(String(mount?.mountPath))]
  const matchConstraints = constraints(['kube-system', 'kube-public'])
  return [
    manifest('MutatingAdmissionPolicy', {
      failurePolicy: 'Fail',
      reinvocationPolicy: 'IfNeeded',
      matchConstraints,
      matchConditions: [asks, noMirror, notInjected],
      variables: [...shared, ...derived(simple)],
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: patchOf(simple) } }],
    }),
    manifest('MutatingAdmissionPolicyBinding', { policyName: name }),
    manifest('ValidatingAdmissionPolicy', {
      failurePolicy: 'Fail',
      matchConstraints,
      matchConditions: [asks, noMirror],
      variables: shared,
      validations: [
        {
          expression: 'variables.problems.size() == 0',
          messageExpression: `variables.problems.join('; ')`,
          reason: 'Forbidden',
        },
        {
          expression: `has(object.spec.initContainers) && object.spec.initContainers.exists(c, c.name == '${names.login}')
&& has(object.spec.volumes) && object.spec.volumes.exists(v, v.name == '${names.secretsVolume}')`,
          message: 'the pod asks for its secrets, and the MutatingAdmissionPolicy podvault-simple has not injected it',
          reason: 'Forbidden',
        },
      ],
    }),
    manifest('ValidatingAdmissionPolicyBinding', { policyName: name, validationActions: ['Deny'] }),
  ]
}
