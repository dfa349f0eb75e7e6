// Installs the dependencies when they are missing or older than the lock file. Plain JavaScript for Node 20: it runs
// before the project's own Node is there.
import { execFileSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'

const marker = 'node_modules/.package-lock.json'
if (!existsSync(marker) || statSync(marker).mtimeMs < statSync('package-lock.json').mtimeMs)
  // Not `npm ci`: it refuses a lock file from a registry that does not carry other platforms' optional packages.
  execFileSync('npm', ['install', '--no-save', '--no-audit', '--no-fund'], { stdio: ['ignore', 2, 2] })
