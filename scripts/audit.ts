// npm run audit: fails where a dependency has a known vulnerability, and says so where the registry cannot be asked.
import { spawnSync } from 'node:child_process'
import process from 'node:process'
import { verdictOf } from './advisories.ts'

const { stdout } = spawnSync('npm', ['audit', '--json'], { encoding: 'utf8', maxBuffer: 2 ** 28 })
const { code, sentence } = verdictOf(stdout)
process.stderr.write(`audit: ${sentence}\n`)
process.exitCode = code
