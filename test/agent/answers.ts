import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { answered } from '../../src/agent/answers.ts'
import { keepSecrets } from '../../src/agent/keep-secrets.ts'
import { prepare } from '../../src/agent/prepare.ts'
import { heldOf, isComplete, resume } from '../../src/agent/session.ts'
import { wantedOf } from '../../src/agent/wanted.ts'
import { entry, file, idOf, type Stage, stageOf, templates } from '../fixtures/agent.ts'
import { putSecret } from '../fixtures/vault-memory.ts'

const shown = ({ config }: Stage, name: string): string => readFileSync(join(config.folders.secrets, name), 'utf8')

t.test('a template asks until it knows everything, and each question once', async t => {
  const text =
    '{{ range secrets "secret/team/" }}{{ with secret (printf "secret/team/%s" .) }}{{ .Data.data.v }};{{ end }}{{ end }}' +
    '{{ with secret "database/creds/app" }}{{ .LeaseDuration }} {{ .Renewable }} {{ .Data.username }}{{ end }}'
  const stage = await stageOf(t, {
    files: [
      file('web', entry('database/creds/app', { USER: 'username' }), await templates({ all: text, again: text })),
    ],
  })
  putSecret(stage.vault.memory, 'secret/team/b', { v: 'B' })
  putSecret(stage.vault.memory, 'secret/team/a', { v: 'A' })
  await prepare(stage.agent, false)
  t.match(shown(stage, 'all'), /^A;B;15 true v-app-/)
  t.equal(shown(stage, 'again'), shown(stage, 'all'))
  t.equal(JSON.parse(shown(stage, 'web.json')).USER, shown(stage, 'all').split(' ')[2])
  t.strictSame(stage.asked().slice(1).toSorted(), [
    'database/creds/app',
    'secret/data/team/a',
    'secret/data/team/b',
    'secret/metadata/team',
    'sys/internal/ui/mounts/database/creds/app',
    'sys/internal/ui/mounts/secret/team',
  ])
  t.equal(stage.vault.memory.leases.size, 1)
  const session = resume(stage.agent, [])
  t.ok(session !== undefined && isComplete(session), 'and a restarted sidecar goes on with all of it')
})

t.test('a list of nothing is empty, a secret that is not there ends the login', async t => {
  const list = file('web', await templates({ f: '{{ range secrets "secret/none" }}{{ . }}{{ else }}none{{ end }}' }))
  const stage = await stageOf(t, { files: [list] })
  await prepare(stage.agent, false)
  t.equal(shown(stage, 'f'), 'none')
  const missing = file('web', await templates({ f: '{{ with secret "secret/gone" }}{{ else }}none{{ end }}' }))
  const other = await stageOf(t, { files: [missing] })
  await t.rejects(prepare(other.agent, false), { code: 'vault-refused', message: /refused to read secret\/gone/ })
})

t.test('what a template only seems to ask while it knows too little may be refused', async t => {
  const text =
    '{{ with secret "secret/app/db" }}{{ .Data.data.password }}{{ else }}{{ with secret "secret/other" }}{{ end }}{{ end }}'
  const stage = await stageOf(t, { files: [file('web', await templates({ f: text }))] })
  const { state } = await prepare(stage.agent, false)
  t.equal(shown(stage, 'f'), 'hunter2')
  t.ok(stage.asked().includes('secret/data/other'))
  t.equal(state.held.length, 1)
})

t.test('what is made of an answer is read on; what nobody asks for any more is let go', async t => {
  const text = '{{ with secret "kv/which" }}{{ with secret .Data.path }}{{ .Data.v }}{{ end }}{{ end }}'
  const stage = await stageOf(t, { files: [file('web', await templates({ f: text }))] })
  const { memory } = stage.vault
  putSecret(memory, 'kv/which', { path: 'kv/one' })
  putSecret(memory, 'kv/one', { v: '1' })
  const first = await prepare(stage.agent, false)
  t.equal(shown(stage, 'f'), '1')
  putSecret(memory, 'kv/which', { path: 'kv/two' })
  const ids = first.state.held.map(({ id }) => id)
  const stuck = await keepSecrets(stage.agent, first, ids)
  t.equal(shown(stage, 'f'), '1', 'the file stays as it was until the rest can be read')
  t.match(stage.log.at(-1), { event: 'not written', reason: /refused to read kv\/two/ })
  t.strictSame(
    stuck.state.held.map(({ value, failures }) => [value?.data, failures]),
    [
      [{ path: 'kv/one' }, 1],
      [{ v: '1' }, 0],
    ],
  )
  putSecret(memory, 'kv/two', { v: '2' })
  const second = await keepSecrets(stage.agent, stuck, ids)
  t.equal(shown(stage, 'f'), '2')
  t.strictSame(
    second.state.held.map(({ id }) => JSON.parse(id).path),
    ['kv/which', 'kv/two'],
  )
})

t.test('a template that never stops asking is ended', async t => {
  const text =
    '{{ with secret "kv/a" }}{{ range 60 }}{{ $x := secret (printf "kv/%d" .) }}{{ $x.Data.v }}{{ end }}{{ end }}'
  const stage = await stageOf(t, { files: [file('web', await templates({ f: text }))] })
  putSecret(stage.vault.memory, 'kv/a', {})
  for (let each = 0; each < 60; each += 1) putSecret(stage.vault.memory, `kv/${each}`, { v: each })
  await t.rejects(prepare(stage.agent, false), { message: 'the templates still ask for more secrets after 50 rounds' })
})

t.test('a refusal of what is declared ends everything, and so does the end of the pod', async t => {
  const stage = await stageOf(t)
  const { agent, config } = stage
  const wanted = wantedOf(config, [])
  const boom = new Error('boom')
  const ask = () => Promise.reject(boom)
  await t.rejects(answered({ wanted, held: [] }, { ...agent, ask }), boom)
  const files = [file('web', await templates({ f: '{{ secret "kv/a" }}' }))]
  const ending = () => {
    stage.stop.abort()
    return Promise.reject(boom)
  }
  await t.rejects(answered({ wanted: wantedOf({ ...config, files }, []), held: [] }, { ...agent, ask: ending }), boom)
  const held = heldOf(agent, wanted, { id: idOf('secret/app/db'), path: 'x', method: 'GET' }, null)
  t.strictSame((await answered({ wanted, held: [held] }, { ...agent, ask })).held, [held])
})
