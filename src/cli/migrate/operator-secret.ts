import type { Used } from './operator-uses.ts'
import type { WantedSecret } from './suggestion.ts'

/** What a pod asks podvault for in the place of a Secret, and what it cannot have in the same shape. */
export const secretOf = ({
  synced,
  uses,
}: Used): { readonly secret: WantedSecret; readonly byHand: readonly string[] } => {
  const { secret: name, request, isCertificate } = synced
  const env = Object.fromEntries(uses.env.map(variable => [variable.name, variable.key]))
  const items = uses.volumes.flatMap(volume => volume.items ?? [])
  const whole = uses.volumes.some(volume => volume.items === undefined)
  const files =
    isCertificate && uses.volumes.length > 0
      ? [{ name: 'tls', format: 'cert' }]
      : [
          ...items.map(({ key, path }) => ({ name: path, format: 'raw', key })),
          ...(whole ? [{ name: `${name}.json`, format: 'json' }] : []),
          ...(uses.envFrom.length > 0 ? [{ name: `${name}.env`, format: 'env' }] : []),
        ]
  const optional = uses.env.length > 0 && uses.env.every(variable => variable.optional) && files.length === 0
  return {
    secret: {
      ...request,
      ...(optional && { optional: true as const }),
      ...(uses.env.length > 0 && { env }),
      ...(files.length > 0 && { files }),
    },
    byHand: [
      ...(whole && !isCertificate
        ? [
            `each key of the Secret ${name} was a file: name those that the app reads, as {name: FILE, format: raw, key: KEY}, in the place of ${name}.json`,
          ]
        : []),
      ...(isCertificate && uses.volumes.length > 0
        ? [`tls.crt has the certificate alone; what signed it is in tls.chain and tls.ca`]
        : []),
      ...uses.envFrom.map(
        container =>
          `the container ${container} takes all keys of the Secret ${name} into its environment: name them as env, or let it source ${name}.env`,
      ),
      ...uses.volumes.flatMap(({ name: volume, isShared }) =>
        isShared
          ? [
              `the volume ${volume} has other files beside those of the Secret ${name}: podvault's are in a folder of their own, named by podvault.dev/path`,
            ]
          : [],
      ),
      ...uses.volumes.flatMap(({ mounts }) =>
        mounts
          .filter(({ subPath }) => subPath)
          .map(
            ({ container, path }) =>
              `the container ${container} mounts a single file at ${path}: podvault mounts folders, so let the app read it below podvault.dev/path`,
          ),
      ),
    ],
  }
}
