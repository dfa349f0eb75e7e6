import { spawnSync } from 'node:child_process'
import t from 'tap'

// A whole journey: the real webhook, the real agent, the Vault of these tests.
t.test('the demo runs the main job here, and ends well', async t => {
  const { VAULT_ADDR: _, ...env } = process.env
  const path = process.execPath.replace(/\/[^/]+$/, '')
  const { status, stdout, stderr } = spawnSync(process.execPath, ['src/main.ts', 'demo'], {
    encoding: 'utf8',
    env: { ...env, PATH: path },
  })
  t.equal(stderr, '')
  t.equal(status, 0)
  t.match(stdout, /DATABASE_URL=postgres:\/\/web:first-password@db\/web/)
  t.match(stdout, /"DB_PASSWORD": ?"second-password"/)
  t.match(stdout, /revoked now/)
  t.match(stdout, /\ndemo: ok\n$/)
})

t.test('a Vault that is somebody else’s is only touched with a token', async t => {
  const env = { VAULT_ADDR: 'http://127.0.0.1:1', PATH: '' }
  const { status, stderr } = spawnSync(process.execPath, ['src/main.ts', 'demo'], { encoding: 'utf8', env })
  t.equal(status, 2)
  t.match(stderr, /^podvault demo: VAULT_ADDR is set, VAULT_TOKEN is not: /)
})
