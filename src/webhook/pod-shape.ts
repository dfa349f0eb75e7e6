/**
 * Whether a value can be read as a Pod: every field that a decision looks at has the type Kubernetes gives it. Written by
 * hand because it runs in every review: nothing is copied, and a path is only spelled out where something is wrong.
 * @param name what the pod is called in the sentence
 * @returns a sentence about the first wrong field
 */
export const podProblem = (value: unknown, name: string): string | undefined => {
  const problem = podShape(value)
  return problem === undefined ? undefined : name + problem
}

/** The rest of a sentence that begins with the field's path; undefined when all is well. */
type Shape = (value: unknown) => string | undefined

const must = (what: string) => ` must be ${what}`

const text: Shape = value => (typeof value === 'string' ? undefined : must('text'))

const truth: Shape = value => (typeof value === 'boolean' ? undefined : must('true or false'))

const whole: Shape = value => (Number.isSafeInteger(value) ? undefined : must('a whole number'))

/** Manifests may write a quantity as a number; the API server always writes text. */
const quantity: Shape = value => (typeof value === 'number' ? undefined : text(value))

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const record: Shape = value => (isRecord(value) ? undefined : must('an object'))

const listOf =
  (item: Shape): Shape =>
  value => {
    if (!Array.isArray(value)) return must('a list')
    for (let index = 0; index < value.length; index += 1) {
      const problem = item(value[index])
      if (problem !== undefined) return `[${index}]${problem}`
    }
    return undefined
  }

/** A null member becomes undefined, in place: to Kubernetes null is the same as absent, and so it should be to the decision. */
const objectOf = (required: Readonly<Record<string, Shape>>, optional: Readonly<Record<string, Shape>>): Shape => {
  const members = Object.entries({ ...required, ...optional })
  return value => {
    if (!isRecord(value)) return must('an object')
    for (const [name, shape] of members) {
      if (value[name] === null) value[name] = undefined
      if (value[name] === undefined && required[name] === undefined) continue
      const problem = shape(value[name])
      if (problem !== undefined) return `.${name}${problem}`
    }
    return undefined
  }
}

const ids = objectOf({}, { runAsUser: whole, runAsGroup: whole, fsGroup: whole })

const amounts = objectOf({}, { cpu: quantity, memory: quantity })
const resources = objectOf({}, { requests: amounts, limits: amounts })

const container = objectOf(
  { name: text },
  {
    image: text,
    restartPolicy: text,
    env: listOf(objectOf({ name: text }, {})),
    volumeMounts: listOf(objectOf({ name: text, mountPath: text }, {})),
    volumeDevices: listOf(objectOf({ name: text, devicePath: text }, {})),
    ports: listOf(objectOf({ containerPort: whole }, {})),
    resources,
    securityContext: ids,
  },
)

const token = objectOf({}, { path: text })
const projected = objectOf({}, { sources: listOf(objectOf({}, { serviceAccountToken: token })) })
const volume = objectOf({ name: text }, { projected })

const podShape = objectOf(
  {
    spec: objectOf(
      { containers: listOf(container) },
      {
        initContainers: listOf(container),
        volumes: listOf(volume),
        restartPolicy: text,
        shareProcessNamespace: truth,
        hostPID: truth,
        securityContext: ids,
        resources: record,
      },
    ),
  },
  { metadata: objectOf({}, { name: text, namespace: text, annotations: record }) },
)
