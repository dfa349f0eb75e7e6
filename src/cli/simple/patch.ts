import type { Container } from '../../inject/pod.ts'
import { meshProxies } from '../../inject/select.ts'
import { statusAnnotation } from '../../inject/status.ts'
import { celOf } from '../cel.ts'
import type { Variable } from './checks.ts'
import type { Simple } from './pod.ts'

const runAs = (field: string, ours: number): string =>
  `[object.spec.containers[0].?securityContext.?${field}.orValue(object.spec.?securityContext.?${field}.orValue(0)), dyn(${ours})].filter(id, id != 0)[0]`

const everyContainer = (condition: string): string =>
  `(!has(object.spec.initContainers) || object.spec.initContainers.all(c, ${condition})) && object.spec.containers.all(c, ${condition})`

const isBestEffort = everyContainer(
  `['cpu', 'memory'].all(n, !c.?resources.?requests[?n].hasValue() && !c.?resources.?limits[?n].hasValue())`,
)

const isGuaranteed = everyContainer(`['cpu', 'memory'].all(n, c.?resources.?limits[?n].hasValue()
&& quantity(string(c.resources.limits[n])).compareTo(quantity(string(c.?resources.?requests[?n].orValue(c.resources.limits[n])))) == 0)`)

/** Of the secrets' files: the pod's group, their owner, or whoever has them mounted. */
const modes = { group: 0o440, owner: 0o400, all: 0o444 } as const

/** What the webhook derives from the rest of the pod. */
export const derived = ({ ids, config }: Simple): readonly Variable[] => [
  { name: 'user', expression: runAs('runAsUser', ids.user) },
  { name: 'group', expression: runAs('runAsGroup', ids.group) },
  {
    name: 'mode',
    expression: `object.spec.?securityContext.?fsGroup.hasValue() ? ${modes.group}
: object.spec.containers.all(c, c.?securityContext.?runAsUser.orValue(object.spec.?securityContext.?runAsUser.orValue(-1)) == variables.user) ? ${modes.owner} : ${modes.all}`,
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
&& object.spec.initContainers[i].name in ${celOf(meshProxies)})).max() + 1`,
  },
]

const add = (at: string, value: string): string => `JSONPatch{op: 'add', path: ${at}, value: ${value}}`

/** A list that is there, then its new items. */
const list = (has: string, at: string, items: readonly string[]): string =>
  [`(has(${has}) ? [] : [${add(at, '[]')}])`, ...items].join('\n+ ')

/** The operations of a JSON Patch as an expression; none where something keeps the pod from its secrets. */
export const patchOf = ({ volumes, agents, resources, wiring, status, holes }: Simple): string => {
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
    ...wiring.env.map(variable =>
      list('object.spec.containers[i].env', `${container} + '/env'`, [
        `lists.range(variables.secrets.size()).map(j, ${add(`${container} + '/env/' + string(j)`, celOf(variable, holes))})`,
      ]),
    ),
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
