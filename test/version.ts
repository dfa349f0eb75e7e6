import { readFileSync } from 'node:fs'
import t from 'tap'
import { version } from '../src/version.ts'

t.test('the version is that of package.json', async t => {
  t.equal(version, JSON.parse(readFileSync('package.json', 'utf8')).version)
})
