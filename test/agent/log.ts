import t from 'tap'
import { logTo } from '../../src/agent/log.ts'
import { sink } from '../fixtures/agent.ts'

t.test('an event is one line of JSON', async t => {
  const out = sink()
  const log = logTo(out.stream, () => 0)
  log('info', 'read', { path: 'secret/a\nb', seconds: 15 })
  log('warn', 'token lost')
  t.equal(
    out.text(),
    '{"time":"1970-01-01T00:00:00.000Z","level":"info","event":"read","path":"secret/a\\nb","seconds":15}\n' +
      '{"time":"1970-01-01T00:00:00.000Z","level":"warn","event":"token lost"}\n',
  )
})
