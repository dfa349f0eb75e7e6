import { isRecord, listOf, member, objectOf, objectWith, text } from '../shape.ts'

/** What the webhook of a cluster was told, as far as its Deployment says. */
export type Deployed = {
  readonly namespace: string
  /** Settings by the names of their flags. */
  readonly flags: Readonly<Record<string, string>>
  /** Where the operator's file comes from. */
  readonly file?: { readonly configMap: string; readonly key: string }
}

const container = objectWith(
  {},
  {
    args: listOf(text),
    env: listOf(objectWith({ name: text }, { value: text })),
    volumeMounts: listOf(objectOf({ name: text, mountPath: text })),
  },
)
type Container = ReturnType<typeof container>

const named = objectWith({}, { name: text })

const podSpec = objectWith(
  { containers: listOf(container) },
  {
    volumes: listOf(
      objectWith(
        { name: text },
        { configMap: named, projected: objectWith({}, { sources: listOf(objectWith({}, { configMap: named })) }) },
      ),
    ),
  },
)

const deployments = objectOf({
  items: listOf(
    objectOf({
      metadata: objectOf({ namespace: text }),
      spec: objectOf({ template: objectOf({ spec: podSpec }) }),
    }),
  ),
})

/**
 * Finds podvault's webhook among the Deployments that kubectl shows; undefined where none runs it.
 * @param variables environment variables by the names of the flags they stand for
 * @throws ShapeError
 */
export const deployedIn = (list: unknown, variables: Readonly<Record<string, string>>): Deployed | undefined => {
  for (const { metadata, spec } of deployments(list, '').items) {
    const { containers, volumes = [] } = spec.template.spec
    const webhook = containers.find(({ args = [] }) => args[0] === 'webhook')
    if (webhook === undefined) continue
    const { config = '', ...flags } = settingsOf(webhook, variables)
    const mount = webhook.volumeMounts?.find(({ mountPath }) => config.startsWith(`${mountPath}/`))
    const volume = volumes.find(({ name }) => name === mount?.name)
    const sources = [volume, ...(volume?.projected?.sources ?? [])]
    const configMap = sources.find(source => source?.configMap !== undefined)?.configMap?.name
    const file = mount !== undefined &&
      configMap !== undefined && { file: { configMap, key: config.slice(mount.mountPath.length + 1) } }
    return { namespace: metadata.namespace, flags, ...file }
  }
  return undefined
}

const settingsOf = (
  { args = [], env = [] }: Container,
  variables: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(variables).flatMap(([flag, variable]) => {
      const value = flagIn(args, flag) ?? env.find(({ name }) => name === variable)?.value
      return value === undefined ? [] : [[flag, value]]
    }),
  )

/** `--name=value` or `--name value`. */
const flagIn = (args: readonly string[], name: string): string | undefined => {
  const at = args.indexOf(`--${name}`)
  return at === -1 ? args.find(each => each.startsWith(`--${name}=`))?.slice(name.length + 3) : args[at + 1]
}

/** The text of a key of a ConfigMap. */
export const keyOf = (configMap: unknown, key: string): string | undefined => {
  const data = isRecord(configMap) ? configMap['data'] : undefined
  const value = isRecord(data) ? member(data, key) : undefined
  return typeof value === 'string' ? value : undefined
}
