import t from 'tap'
import { failureReasons, logEvents } from '../../src/agent/log-events.ts'

t.test('every reason for a failure is one that the log can have', async t => {
  const used = Object.values(logEvents).flatMap(meaning =>
    meaning !== undefined && 'failure' in meaning ? [meaning.failure] : [],
  )
  t.strictSame([...new Set<string>(used)].toSorted(), Object.keys(failureReasons).toSorted())
})
