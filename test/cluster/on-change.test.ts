import t, { type Test } from 'tap'
import { app, shell } from './apps.ts'
import { audited, isLogin } from './audit.ts'
import { connect } from './cluster.ts'
import { isReady, type Namespace } from './namespace.ts'

const cluster = connect()
const policy = 'path "secret/data/on-change/*" { capabilities = ["read"] }'

/** A pod whose secret is looked at every second; its app may be signalled by the agent, which takes its user. */
const begun = async (t: Test, name: string, settings: Readonly<Record<string, string>>, script: string) => {
  const namespace = await cluster.namespace(t, { policy })
  const put = async (password: string) => cluster.vault.write(`secret/data/on-change/${name}`, { data: { password } })
  await put('first')
  const secrets = `VERSION 2\nMOUNT secret\nPASSWORD=on-change/${name}#password`
  const container = { ...shell(script), securityContext: { runAsUser: 1000 } }
  await namespace.create(app(name, { role: namespace.name, secrets, refresh: '1s', ...settings }, container))
  return { namespace, put }
}

const told = async (namespace: Namespace, pod: string): Promise<number> =>
  (await namespace.logs(pod, 'podvault-renew')).split('\n').filter(line => line.includes('"event":"told"')).length

t.test('a change reaches the app as a signal, after the files and once, and its shells as none', async t => {
  const script = `trap '. /vault/secrets/env; echo "told $PASSWORD"' HUP; echo started; while :; do sleep 1000 & wait $!; done`
  const { namespace, put } = await begun(t, 'signal', { 'on-change': 'signal:SIGHUP' }, script)
  await namespace.line('signal', 'app', /^started$/)
  await namespace.until('signal', 'readiness', isReady)
  // A signal would end it.
  const beside = namespace.exec('signal', 'app', 'sh', '-c', 'sleep 20; echo survived')
  await put('second')
  t.ok(await namespace.line('signal', 'app', /^told second$/))
  await put('third')
  t.ok(await namespace.line('signal', 'app', /^told third$/))
  t.equal(await told(namespace, 'signal'), 2, 'never for the first files, once for each change')
  t.match(await beside, /^survived$/m)
})

t.test('a change reaches the app as a request to a server of the pod', async t => {
  const answer = String.raw`printf 'HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n'`
  const script = `echo started; while :; do ${answer} | nc -l -p 8080; . /vault/secrets/env; echo "told $PASSWORD"; done`
  const settings = { 'on-change': 'http:POST http://127.0.0.1:8080/-/reload' }
  const { namespace, put } = await begun(t, 'http', settings, script)
  await namespace.line('http', 'app', /^started$/)
  await put('second')
  t.ok(await namespace.line('http', 'app', /^POST \/-\/reload HTTP/))
  t.ok(await namespace.line('http', 'app', /^told second$/))
  t.equal(await told(namespace, 'http'), 1)
})

t.test('a change restarts the containers of the pod in place, once, with the same token', async t => {
  const script = 'echo "environment $PASSWORD"; sleep 1000 & wait'
  const { namespace, put } = await begun(t, 'restart', { 'on-change': 'restart' }, script)
  await namespace.line('restart', 'app', /^environment first$/)
  const before = await namespace.until('restart', 'readiness', isReady)
  await put('second')
  const restarted = await namespace.until('restart', 'a restarted app', ({ status }) =>
    (status?.containerStatuses ?? []).some(
      ({ restartCount, state }) => restartCount > 0 && state?.running !== undefined,
    ),
  )
  t.ok(await namespace.line('restart', 'app', /^environment second$/))
  t.equal(restarted.metadata?.uid, before.metadata?.uid)
  const counts = async () => {
    const { status } = await namespace.until('restart', 'readiness', isReady)
    return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].map(
      each => each.restartCount,
    )
  }
  const once = await counts()
  // Long enough for a dozen looks at the secret.
  await new Promise(resolve => setTimeout(resolve, 15_000))
  t.same(await counts(), once, 'and no more than once')
  t.equal(audited(before.status?.podIP ?? '').filter(isLogin).length, 1, 'one login in both lives')
})
