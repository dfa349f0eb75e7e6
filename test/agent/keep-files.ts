import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Agent } from '../../src/agent/agent.ts'
import { keepFiles } from '../../src/agent/keep-files.ts'
import { prepare } from '../../src/agent/prepare.ts'
import { idOf, stageOf } from '../fixtures/agent.ts'
import { putSecret } from '../fixtures/vault-memory.ts'

/** A pod whose secrets file `app.secrets` comes from a ConfigMap. */
const begun = async (t: Test) => {
  const stage = await stageOf(t)
  const folder = `${stage.config.folders.secrets}.d`
  mkdirSync(folder)
  const agent: Agent = {
    ...stage.agent,
    config: { ...stage.config, files: [], mounted: [{ configMap: 'cm', folder }] },
  }
  const write = (text: string) => writeFileSync(join(folder, 'app.secrets'), text)
  write('A=app/db#password\n')
  const written = () => readFileSync(join(stage.config.folders.secrets, 'app.json'), 'utf8')
  return { stage, agent, write, written, session: await prepare(agent, false) }
}

t.test('unchanged files are left alone', async t => {
  const { stage, agent, session } = await begun(t)
  const asked = stage.vault.requests.length
  t.equal(await keepFiles(agent, session), session)
  t.equal(stage.vault.requests.length, asked)
})

t.test('new variables are read and written, old ones go', async t => {
  const { stage, agent, session, write, written } = await begun(t)
  putSecret(stage.vault.memory, 'kv/more', { key: 'more' })
  write('VERSION 2\nMOUNT kv\nB=more#key\nMOUNT secret\nA=app/db#password\n')
  const more = await keepFiles(agent, session)
  t.equal(written(), '{"B":"more","A":"hunter2"}\n')
  t.equal(stage.asked().filter(path => path === 'secret/data/app/db').length, 1, 'what is known is not read again')
  t.match(stage.log, [{}, {}, { event: 'secrets files changed', paths: 'kv/more' }, { event: 'written' }])
  write('A=app/db#password\nP=app/db#port\n')
  const other = await keepFiles(agent, more)
  t.equal(written(), '{"A":"hunter2","P":5432}\n')
  t.strictSame(
    other.state.held.map(({ id }) => id),
    [idOf('secret/app/db')],
  )
})

t.test('a Vault that does not answer about a new secret keeps nobody from what is due', async t => {
  const { stage, agent, session, write, written } = await begun(t)
  const { held } = session.state
  const ending = held.map(each => ({
    ...each,
    lease: { id: 'a', renewable: true, seconds: 300, endsAt: agent.clock.now() + 2000 },
  }))
  stage.vault.fail({ path: /more/, delay: Infinity })
  write('VERSION 2\nMOUNT kv\nB=more#key\n')
  const pressed = { ...session, state: { ...session.state, held: ending } }
  t.equal(await keepFiles(agent, pressed), pressed)
  t.match(stage.log.at(-1), { event: 'secrets files unusable', reason: /no answer within 2 s/ })
  t.equal(written(), '{"A":"hunter2"}\n')
})

t.test('files that cannot be used as a whole leave the last good ones', async t => {
  const { stage, agent, session, write, written } = await begun(t)
  putSecret(stage.vault.memory, 'secret/a.b', { c: 's3cret' })
  const cases: readonly [string, RegExp][] = [
    ['nonsense\n', /^ConfigMap cm, key app\.secrets is no secrets file: line 1/],
    ['A=app/db#password\nB=gone#b\n', /^secret\/gone cannot be read: status 404$/],
    ['A=app/db#pasword\n', /^the secret secret\/app\/db has no key pasword: it has: password, port$/],
    ['a.b#c\n', /^the variable A\.B_C has a name no shell knows/],
  ]
  for (const [text, reason] of cases) {
    write(text)
    t.equal(await keepFiles(agent, session), session)
    t.match(stage.log.at(-1), { level: 'warn', event: 'secrets files unusable', reason })
    t.equal(written(), '{"A":"hunter2"}\n')
  }
  t.notMatch(JSON.stringify(stage.log), 's3cret')
})

t.test('an optional secret that is not there is taken over as such', async t => {
  const { agent, session, write, written } = await begun(t)
  write('secrets:\n- path: secret/app/db\n  env: {A: password}\n- path: secret/gone\n  optional: true\n  env: {B: b}\n')
  await keepFiles(agent, session)
  t.equal(written(), '{"A":"hunter2"}\n')
})

t.test('a variable that the pod refers to is not given up', async t => {
  const { stage, agent, session, write, written } = await begun(t)
  const [mounted] = agent.config.mounted
  if (!mounted) return
  const config = { ...agent.config, mounted: [{ ...mounted, variables: ['A'] }] }
  write('P=app/db#port\n')
  t.equal(await keepFiles({ ...agent, config }, session), session)
  t.match(stage.log.at(-1), { event: 'secrets files unusable', reason: /^the ConfigMap cm no longer has A,/ })
  t.equal(written(), '{"A":"hunter2"}\n')
})

t.test('stopped, it ends with the reason', async t => {
  const { stage, agent, session, write } = await begun(t)
  write('B=app/db#port\n')
  stage.stop.abort(new Error('enough'))
  await t.rejects(keepFiles(agent, session), new Error('enough'))
})
