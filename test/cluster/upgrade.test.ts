// Pods that an earlier podvault has injected, whose image's tag has moved on to the one of today.
import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import type { State } from '../../src/agent/state.ts'
import type { Pod } from '../../src/inject/pod.ts'
import { names } from '../../src/contract.ts'
import { type Release, releases } from '../fixtures/upgrade.ts'
import { forever, shell } from './apps.ts'
import { audited, isLogin, nextAudited } from './audit.ts'
import { connect } from './cluster.ts'
import { kill } from './containers.ts'
import { isReady } from './namespace.ts'
import { run, vaultAddress } from './place.ts'

const cluster = connect()
const policy = `
path "secret/data/app/db" { capabilities = ["read"] }
path "database/creds/app" { capabilities = ["read"] }`

/** As it was recorded, for a Vault and a role of this cluster; the app shows its variables whenever they change. */
const podOf = ({ pod, commit }: Release, role: string): object => {
  const config = (text: string): string =>
    JSON.stringify({
      ...JSON.parse(text),
      vault: { address: vaultAddress },
      auth: { ...JSON.parse(text).auth, role },
    })
  const agents = (pod.spec?.initContainers ?? []).map(container => ({
    ...container,
    env: (container.env ?? []).map(each =>
      each.name === names.configVariable ? { ...each, value: config(each.value ?? '') } : each,
    ),
  }))
  const watch = `while sleep 0.2; do new=$(cat /vault/secrets/env); [ "$new" = "$old" ] || echo $new; old=$new; done & ${forever}`
  const containers = (pod.spec?.containers ?? []).map(container => ({ ...container, ...shell(watch) }))
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `by-${commit}`, annotations: pod.metadata?.annotations },
    spec: {
      ...pod.spec,
      serviceAccountName: 'default',
      terminationGracePeriodSeconds: 5,
      initContainers: agents,
      containers,
    },
  }
}

/** Today's state, as the release would have written it. */
const asThen = (text: string, then: string): string => {
  const { at: _, changedAt: __, ...today } = JSON.parse(text) as State
  const { version } = JSON.parse(then)
  if (version === 1) {
    const { token, former, mounts, held } = today
    const first = held.map(({ id, lease, due, failures, denied }) => ({
      path: JSON.parse(id).path,
      lease,
      due,
      failures,
      denied,
    }))
    return JSON.stringify({ version, token, former, mounts, held: first, hash: 'h' })
  }
  return 'at' in JSON.parse(then) ? text : JSON.stringify({ ...today, mounted: [] })
}

const secretsIn = (pod: Pod): readonly string[] => (pod.spec?.initContainers ?? []).map(({ name }) => name)

t.before(async () => {
  await cluster.databaseRole('app', { default_ttl: '10m', max_ttl: '1h' })
  await cluster.vault.write('secret/data/app/db', { data: { host: 'db.example.com' } })
})

for (const release of releases())
  t.test(`a pod of ${release.commit} starts, and goes on from what that podvault had kept`, async t => {
    const namespace = await cluster.namespace(t, { policy })
    const name = `by-${release.commit}`
    const made = await cluster.api.create<Pod>(`${namespace.path}/pods`, podOf(release, namespace.name))
    t.same(secretsIn(made), [names.login, names.renew], 'the webhook has added nothing')
    const [, user] = await namespace.line(name, 'app', /^DB_HOST='db\.example\.com' DB_USER='([^']+)' DB_PASSWORD=/)
    const pod = await namespace.until(name, 'readiness', isReady)
    const address = pod.status?.podIP ?? ''
    const file = `${run}/kubelet/pods/${pod.metadata?.uid}/volumes/kubernetes.io~empty-dir/podvault-state/state.json`
    writeFileSync(file, asThen(readFileSync(file, 'utf8'), release.state))
    // Its values were not kept, so they are read anew.
    const isRead = release.commit === 'e3c4dc6'
    const read = isRead && nextAudited(address, ({ request }) => request.path === 'database/creds/app')
    kill(pod, names.renew)
    await namespace.until(name, 'a restarted sidecar', ({ status }) =>
      (status?.initContainerStatuses ?? []).some(
        each => each.name === names.renew && each.restartCount === 1 && each.state?.running !== undefined,
      ),
    )
    await read
    if (isRead) await namespace.line(name, 'app', new RegExp(`DB_USER='(?!${user}')`))
    else
      t.same(
        [...(await namespace.logs(name, 'app')).matchAll(/DB_USER='([^']+)'/g)].map(([, each]) => each),
        [user],
      )
    t.equal(audited(address).filter(isLogin).length, 1, 'there was one login')
    t.notMatch(await namespace.logs(name, names.renew), /state unusable|not understood/)
  })
