import t from 'tap'
import { componentOf } from '../scripts/sbom.ts'
import { licences, packagesIn } from '../scripts/third-party.ts'

const library = (licence: unknown, files: Readonly<Record<string, string>> = {}) => ({
  'package.json': JSON.stringify({ name: 'a', version: '1.0.0', license: licence }),
  ...files,
})

t.test('each library is named once, with all that it asks to be passed on', async t => {
  const folder = t.testdir({
    node_modules: { a: library('Apache-2.0', { LICENSE: 'the licence\r\n', 'NOTICE.txt': 'the notice' }) },
  })
  const sources = [`${folder}/node_modules/a/x.js`, `${folder}/node_modules/a/y/z.js`, 'src/main.ts']
  const packages = packagesIn(sources)
  t.match(packages, [{ name: 'a', version: '1.0.0', licence: 'Apache-2.0', text: 'the licence\n\nthe notice' }])
  t.equal(packages.length, 1)
  t.match(licences(packages), /^a 1\.0\.0 \(Apache-2\.0\)\n\nthe licence\n\nthe notice$/m)
})

t.test('a library whose licence does not go with ours stops the build, and so does one without', async t => {
  const folder = t.testdir({
    node_modules: { b: library('AGPL-3.0-only'), c: library(undefined), '@s': { d: library('MIT') } },
  })
  for (const [name, licence] of [
    ['b', '"AGPL-3.0-only"'],
    ['c', 'undefined'],
  ] as const)
    t.throws(() => packagesIn([`${folder}/node_modules/${name}/x.js`]), {
      message: `a has the licence ${licence}, which is not known to go with Apache-2.0`,
    })
  const [scoped] = packagesIn([`${folder}/node_modules/@s/d/x.js`])
  t.match(scoped?.text, 'https://spdx.org/licenses/MIT.html', 'a text is not needed where the licence is named')
})

t.test('of a library that the lock file does not know nothing is said', async t => {
  const unknown = { folder: 'node_modules/none', name: 'none', version: '1.0.0', licence: 'MIT', text: '' }
  t.throws(() => componentOf(unknown), /package-lock\.json has no digest of node_modules\/none/)
})
