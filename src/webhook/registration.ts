import { listOf, objectWith, record, text } from '../shape.ts'

/** A MutatingWebhookConfiguration or ValidatingWebhookConfiguration, as far as certificates are concerned. */
export type Registration = {
  readonly kind: RegistrationKind
  readonly version: string
  /** Of each of its webhooks: what the server is verified with, in PEM, and the name it is called by. */
  readonly webhooks: readonly { readonly caBundle: string; readonly host: string }[]
  /** cert-manager writes its caBundles. */
  readonly isInjected: boolean
}

export const registrationKinds = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'] as const
export type RegistrationKind = (typeof registrationKinds)[number]

/** Where an object of that kind is in the API. */
export const registrationPath = (kind: RegistrationKind): string =>
  `/apis/admissionregistration.k8s.io/v1/${kind.toLowerCase()}s`

/** @throws ShapeError */
export const readRegistration = (kind: RegistrationKind, body: unknown): Registration => {
  const { metadata, webhooks = [] } = shape(body, kind)
  return {
    kind,
    version: metadata.resourceVersion,
    webhooks: webhooks.map(({ clientConfig: { caBundle = '', ...target } }) => ({
      caBundle: Buffer.from(caBundle, 'base64').toString(),
      host: hostOf(target),
    })),
    isInjected: Object.keys(metadata.annotations ?? {}).some(name => name.startsWith('cert-manager.io/inject-')),
  }
}

const service = objectWith({ name: text, namespace: text }, {})
const clientConfig = objectWith({}, { caBundle: text, service, url: text })
const shape = objectWith(
  { metadata: objectWith({ resourceVersion: text }, { annotations: record }) },
  { webhooks: listOf(objectWith({ clientConfig }, {})) },
)

type Target = { readonly service?: { readonly name: string; readonly namespace: string }; readonly url?: string }

/** The API server wants to see this name in the certificate. */
const hostOf = ({ service: target, url = '' }: Target): string =>
  target === undefined
    ? (URL.parse(url)?.hostname ?? '').replaceAll(/^\[|\]$/g, '')
    : `${target.name}.${target.namespace}.svc`
