import type { Command } from './command.ts'

/** A command, and what it is for in a line. */
export type Entry = {
  readonly doc: string
  readonly load: () => Promise<Command>
  /** For pods rather than people: the environment says everything. */
  readonly hasFlags?: false
}

export type Commands = Readonly<Record<string, Entry>>

/** Each command is imported only when asked for: the agent must not pay for the webhook's libraries. */
export const commands: Commands = {
  inject: {
    doc: 'apply to manifests what the webhook would do to their pods',
    load: async () => (await import('./cli/inject.ts')).inject,
  },
  uninject: {
    doc: 'take away again what podvault has added',
    load: async () => (await import('./cli/uninject.ts')).uninject,
  },
  explain: {
    doc: 'say what becomes of a pod, and why',
    load: async () => (await import('./cli/explain.ts')).explain,
  },
  check: {
    doc: 'say whether a cluster is well, and what to do where not',
    load: async () => (await import('./cli/check.ts')).check,
  },
  status: {
    doc: 'list what podvault has injected, and what would be otherwise today',
    load: async () => (await import('./cli/status.ts')).status,
  },
  migrate: {
    doc: 'say what becomes of workloads of vault-k8s, bank-vaults, the operator',
    load: async () => (await import('./cli/migrate.ts')).migrate,
  },
  review: {
    doc: 'answer an AdmissionReview as the webhook would',
    load: async () => (await import('./cli/review.ts')).review,
  },
  render: {
    doc: 'write the files of secrets files here and now',
    load: async () => (await import('./cli/render.ts')).render,
  },
  exec: {
    doc: 'run a command with secrets in its environment',
    load: async () => (await import('./cli/exec.ts')).exec,
  },
  demo: {
    doc: 'show the way of a pod on this machine, without a cluster',
    load: async () => (await import('./cli/demo.ts')).demo,
  },
  webhook: {
    doc: 'serve the mutating admission webhook',
    load: async () => (await import('./webhook/run.ts')).webhook,
  },
  manifests: {
    doc: 'print what installs podvault in a cluster',
    load: async () => (await import('./cli/install.ts')).install,
  },
  'agent-inject': {
    doc: "the webhook, as vault-k8s's chart starts it",
    load: async () => (await import('./webhook/agent-inject.ts')).agentInject,
  },
  certs: {
    doc: 'make certificates for development',
    load: async () => (await import('./cli/certs.ts')).certs,
  },
  completion: {
    doc: 'print what makes a shell complete these commands',
    load: async () => (await import('./cli/completion.ts')).completionOf(commands),
  },
  version: {
    doc: 'say what this build is made of',
    load: async () => (await import('./cli/version.ts')).version,
  },
  login: {
    doc: 'the init container of an injected pod: log in, read, write, exit',
    load: async () => (await import('./agent/run.ts')).login,
    hasFlags: false,
  },
  renew: {
    doc: 'its sidecar: keep what login has brought',
    load: async () => (await import('./agent/run.ts')).renew,
    hasFlags: false,
  },
}
