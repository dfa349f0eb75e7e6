import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { versions, versionAt, withRelease, withVersion } from '../scripts/versions.ts'
import { version } from '../src/version.ts'

const read = (file: string): string => readFileSync(file, 'utf8')

/** All files below these, with their texts. */
const below = (...folders: readonly string[]): readonly (readonly [string, string])[] =>
  folders.flatMap(folder =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile() && /\.(?:md|ya?ml|tpl|txt)$/.test(entry.name))
      .map(entry => join(entry.parentPath, entry.name))
      .map(file => [file, read(file)] as const),
  )

t.test('the version is that of package.json, wherever it is written', async t => {
  t.equal(version, JSON.parse(read('package.json')).version)
  for (const [file, place] of versions) t.equal(versionAt(read(file), place), version, file)
  t.throws(() => versionAt('', /(a)(b)(c)/), /there is no version at/)
})

t.test('manifests, charts and pages speak of no other', async t => {
  let labels = 0
  for (const [file, text] of below('webhook-config', 'docs')) {
    for (const [, label] of text.matchAll(/app\.kubernetes\.io\/version: "?(\d[^"\s]*)/g)) {
      labels += 1
      t.equal(label, version, file)
    }
    for (const [, of] of text.matchAll(/\bpodvault(?:[ @:]|-)v?(\d+\.\d+\.\d+\b[-\w.]*)/g)) t.equal(of, version, file)
  }
  t.ok(labels > 10)
})

t.test('podvault says it', async t => {
  const said = execFileSync(process.execPath, ['src/main.ts', 'version', '--output', 'json'], { encoding: 'utf8' })
  t.equal(JSON.parse(said).version, version)
})

t.test('the changelog has what is not released, and this version', async t => {
  const headings = [...read('CHANGELOG.md').matchAll(/^## \[([^\]]+)\](?: - (\d{4}-\d\d-\d\d))?$/gm)]
  const [unreleased, newest] = headings
  t.strictSame([unreleased?.[1], unreleased?.[2]], ['Unreleased', undefined])
  t.equal(newest?.[1], version)
  t.match(newest?.[2], /^\d{4}/, 'with its day')
  t.notMatch(read('CHANGELOG.md').replaceAll(/^## \[.*$/gm, ''), /^## /m, 'and no heading of another kind')
})

t.test('a release takes everything along', async t => {
  for (const [file, place] of versions)
    t.equal(versionAt(withVersion(read(file), place, '9.8.7'), place), '9.8.7', file)
  const before = '# Changelog\n\n## [Unreleased]\n\n- new\n\n## [0.1.0] - 2026-01-01\n'
  t.equal(
    withRelease(before, '0.2.0', '2026-02-03'),
    '# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-02-03\n\n- new\n\n## [0.1.0] - 2026-01-01\n',
  )
  for (const nothing of ['# Changelog\n', before.replace('- new\n\n', ''), '## [Unreleased]\n'])
    t.throws(() => withRelease(nothing, '0.2.0', '2026-02-03'), /nothing under "Unreleased"/)
})
