// What the tests of the ways in have in common.
import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import { app, shell } from './apps.ts'
import { type Audited, audited } from './audit.ts'
import { connect } from './cluster.ts'
import { kill } from './containers.ts'
import { isReady } from './namespace.ts'
import type { Namespace } from './namespace.ts'

const cluster = connect()

/** Tokens that cannot be renewed and last long enough for one read: the way in is gone again and again. */
const brief = { token_ttl: '24s', token_max_ttl: '24s' }

/** A namespace with a secret of its own, a policy that lets it be read, and the role that a pod of it gets. */
export const place = async (t: Test) => {
  const namespace = await cluster.namespace(t)
  const { name } = namespace
  const path = `secret/data/${name}`
  await cluster.vault.write(`sys/policies/acl/${name}`, { policy: `path "${path}" { capabilities = ["read"] }` })
  const put = (password: string) => cluster.vault.write(path, { data: { password } })
  await put('first')
  const secret = (data: Readonly<Record<string, string>>) =>
    cluster.api.create(`${namespace.path}/secrets`, { metadata: { name: 'login' }, stringData: data })
  return { namespace, name, put, secret, token: { ...brief, token_policies: name } }
}

type Place = Awaited<ReturnType<typeof place>>

/**
 * A folder of the node as a volume of the pod: a token of Vault has no business in a Secret, not even in a test.
 * @returns the volume, and what puts a file there
 */
export const volume = (
  t: Test,
): { readonly volumes: readonly object[]; readonly put: (name: string, text: string) => void } => {
  const folder = mkdtempSync('/tmp/login-')
  t.teardown(() => rmSync(folder, { recursive: true }))
  chmodSync(folder, 0o755)
  return {
    volumes: [{ name: 'login', hostPath: { path: folder } }],
    put: (name, text) => {
      writeFileSync(`${folder}/${name}.next`, text, { mode: 0o644 })
      renameSync(`${folder}/${name}.next`, `${folder}/${name}`)
    },
  }
}

const watch = `
echo "environment $PASSWORD"
while :; do . /vault/secrets/env; [ "$PASSWORD" = "$seen" ] || echo "file $PASSWORD"; seen=$PASSWORD; sleep 0.2; done`

export const pod = (namespace: Namespace, settings: Readonly<Record<string, string>>) =>
  app('web', { secrets: `PASSWORD=${namespace.name}#password`, refresh: '1s', ...settings }, shell(watch))

export const requests = async (namespace: Namespace): Promise<readonly Audited[]> => {
  const { status } = await namespace.until('web', 'an address', isReady)
  return audited(status?.podIP ?? '')
}
export const pathsOf = async (namespace: Namespace): Promise<readonly string[]> =>
  (await requests(namespace)).map(({ request }) => request.path)

/** The app has its secret; the sidecar logs in again when its token ends, also after it was killed, and goes on reading. */
export const livesOn = async (t: Test, { namespace, put }: Place, hidden: readonly string[] = []): Promise<void> => {
  t.ok(await namespace.line('web', 'app', /^environment first$/, 60))
  t.ok(await namespace.line('web', 'podvault-renew', /"logged in again"/), 'it logs in again')
  kill(await namespace.until('web', 'readiness', isReady), 'podvault-renew')
  await namespace.until('web', 'a restarted sidecar', ({ status }) =>
    (status?.initContainerStatuses ?? []).some(
      ({ name, restartCount, state }) =>
        name === 'podvault-renew' && restartCount === 1 && state?.running !== undefined,
    ),
  )
  t.ok(await namespace.line('web', 'podvault-renew', /"logged in again"/), 'so it does after a restart')
  await put('second')
  t.ok(await namespace.line('web', 'app', /^file second$/), 'and the app has what there is to have')
  t.same(
    (await requests(namespace)).filter(({ error }) => error !== undefined),
    [],
    'no request was refused',
  )
  for (const container of ['podvault-login', 'podvault-renew']) {
    const log = await namespace.logs('web', container)
    for (const credential of hidden)
      t.notOk(log.includes(credential), `${container} keeps to itself what it logs in with`)
  }
}
