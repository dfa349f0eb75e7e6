import { execFileSync } from 'node:child_process'
import t from 'tap'
import { ociArchive } from '../../scripts/oci.ts'
import type { Image } from '../../scripts/oci.ts'
import { containerdSocket } from './place.ts'
import { connect } from './cluster.ts'
import { isRunning } from './namespace.ts'

const image = (content: string): Image => ({
  name: 'test.local/same:1',
  layers: [[{ kind: 'file', path: 'usr/bin/program', mode: 0o755, content: Buffer.from(content) }]],
  config: { Entrypoint: ['/usr/bin/program'] },
})

t.test('the same content makes the same image, and other content another', t => {
  const [one, same, other] = ['a', 'a', 'b'].map(content => ociArchive(image(content)))
  t.strictSame(one, same)
  t.not(one?.digest, other?.digest)
  t.end()
})

t.test('the product image runs podvault as an unprivileged user, without a shell', async t => {
  const inspect = execFileSync('ctr', ['-a', containerdSocket, '-n', 'k8s.io', 'images', 'ls', '-q'], {
    encoding: 'utf8',
  })
  t.match(inspect, 'localhost/podvault:dev')
  const namespace = await connect().namespace(t)
  const container = { name: 'podvault', image: 'localhost/podvault:dev', securityContext: { runAsNonRoot: true } }
  const once = { restartPolicy: 'Never' }
  await namespace.create({ name: 'version', ...once, containers: [{ ...container, args: ['version'] }] })
  await namespace.create({ name: 'shell', ...once, containers: [{ ...container, command: ['sh', '-c', 'true'] }] })
  t.ok(await namespace.until('version', 'an end', ({ status }) => status?.phase === 'Succeeded'))
  const shell = await namespace.until('shell', 'a start that fails', ({ status }) => status?.phase === 'Failed')
  t.match(shell.status?.containerStatuses?.[0]?.state?.terminated?.message, /"sh": executable file not found/)
  t.notOk(isRunning(shell))
})
