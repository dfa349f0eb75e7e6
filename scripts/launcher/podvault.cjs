#!/usr/bin/env node
// Where the bundle starts. What V8 made of a file when podvault was built lies beside it as `<file>.cache`, so that a pod
// does not compile it once more: a third of what a login costs. Another V8 does not believe it, and compiles.
const { readFileSync } = require('node:fs')
const Module = require('node:module')
const { Script } = require('node:vm')

/** By path; the build makes the caches of the scripts in it. */
const loaded = new Map()

const cacheOf = path => {
  try {
    return readFileSync(`${path}.cache`)
  } catch {
    return undefined
  }
}

const load = name => {
  const filename = `${__dirname}/${name}`
  const known = loaded.get(filename)
  if (known !== undefined) return known.module.exports
  const source = readFileSync(filename, 'utf8').replace(/^#!.*/, '')
  // Named without its folder: what V8 makes has the name in it, and is to be the same wherever it was built.
  const script = new Script(Module.wrap(source), { filename: name, cachedData: cacheOf(filename) })
  const module = { exports: {} }
  loaded.set(filename, { module, script })
  script.runInThisContext()(module.exports, requireFrom, module, filename, __dirname)
  return module.exports
}

const requireFrom = name => (/^\.\/[a-z]+\.cjs$/.test(name) ? load(name.slice('./'.length)) : require(name))

const command = process.argv[2]
if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(`podvault: it needs Node 24 or later, and this is ${process.versions.node}\n`)
  process.exitCode = 1
} else if (['login', 'renew'].includes(command)) load('agent.cjs')
else if (['exec', 'render'].includes(command)) load('exec.cjs')
else {
  // V8's middle compiler would keep a second copy of the webhook's hot code: 15 MB of its memory, for a faster first minute.
  require('node:v8').setFlagsFromString('--no-maglev')
  void require('./podvault.mjs')
}

module.exports = { loaded }
