import type { PodSpec } from './namespace.ts'

/** The annotations of a pod that asks for secrets, short keys in. */
export const asks = (settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries({ inject: 'true', ...settings }).map(([key, value]) => [`podvault.dev/${key}`, value]),
  )

/** An app container without a shell: shows a variable, and a file whenever it changes. */
export const show = (file: string, variable: string): object => ({
  name: 'app',
  image: 'test.local/show:1',
  args: [file, variable],
})

/** An app container that runs a script and goes quietly when told. */
export const shell = (script: string): object => ({
  name: 'app',
  image: 'test.local/shell:1',
  args: [`trap 'exit 0' TERM; ${script}`],
})

/** A script's end that keeps the app running, within reach of its trap. */
export const forever = 'sleep 100000 & wait'

/** A pod of one app that asks for secrets. */
export const app = (name: string, settings: Readonly<Record<string, string>>, container: object): PodSpec => ({
  name,
  annotations: asks(settings),
  containers: [container],
})

/** What the API server sends about a pod to be created. */
export const admissionReview = (namespace: string, pod: object): object => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'of-the-test',
    operation: 'CREATE',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    namespace,
    object: pod,
  },
})
