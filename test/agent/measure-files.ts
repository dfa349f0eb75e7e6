import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { writeFiles } from '../../src/agent/files.ts'
import { measureFiles } from '../../src/agent/measure-files.ts'

const content = (text: string) => ({ content: text, mode: 0o400 })

t.test('counts the files and bytes that are in place, and says since when', async t => {
  const home = t.testdir({ one: {}, other: {} })
  const [one, other] = [join(home, 'one'), join(home, 'other')]
  t.strictSame(measureFiles([one, other]), { count: 0, bytes: 0, changedAt: 0 })
  const before = Date.now()
  writeFiles(
    new Map([
      [
        one,
        new Map([
          ['env', content('A=1\n')],
          ['tls/server', content('ä')],
        ]),
      ],
    ]),
  )
  const measured = measureFiles([one, other])
  t.match(measured, { count: 2, bytes: 6 })
  t.ok(measured.changedAt >= before - 1000 && measured.changedAt <= Date.now() + 1000)
  mkdirSync(join(one, 'more'))
  t.strictSame(measureFiles([one]), measured, 'what lies beside them is not ours')
  writeFiles(new Map([[other, new Map([['token', content('12345')]])]]))
  t.match(measureFiles([one, other]), { count: 3, bytes: 11 })
})
