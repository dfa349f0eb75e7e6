import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import t from 'tap'
import { createLog } from '../src/log.ts'

t.test('one JSON object a line, with the level as a word and the time as a date', async t => {
  const stream = new PassThrough()
  createLog(stream).warn({ uid: 'u' }, 'review')
  const { time, ...line } = JSON.parse(String(stream.read()))
  t.same(line, { level: 'warn', uid: 'u', msg: 'review' })
  t.match(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
})

t.test('a stream with a file descriptor gets its lines a moment later', async t => {
  const file = join(t.testdir(), 'log')
  const fd = openSync(file, 'w')
  t.teardown(() => closeSync(fd))
  createLog(Object.assign(new Writable(), { fd })).info('started')
  const written = (): string => readFileSync(file, 'utf8')
  while (written() === '') await new Promise(resolve => setTimeout(resolve, 5))
  t.equal(JSON.parse(written()).msg, 'started')
})
