// npm run release -- VERSION: makes this checkout that version, as docs/release.md says.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { versions, versionAt, withRelease, withVersion } from './versions.ts'

const [, , version = ''] = process.argv
if (!/^\d+\.\d+\.\d+(?:-[0-9a-z.]+)?$/.test(version)) throw new Error('usage: npm run release -- VERSION')

const texts = new Map<string, string>()
for (const [file, place] of versions) {
  const text = texts.get(file) ?? readFileSync(file, 'utf8')
  versionAt(text, place)
  texts.set(file, withVersion(text, place, version))
}
const today = new Date().toISOString().slice(0, 10)
texts.set('CHANGELOG.md', withRelease(readFileSync('CHANGELOG.md', 'utf8'), version, today))
// Nothing is written where anything is missing.
for (const [file, text] of texts) writeFileSync(file, text)
execFileSync('npm', ['run', 'golden'], { stdio: 'inherit' })
