// Runs a command of the bundle as it runs in a pod, and leaves beside each file of it what V8 has made of that file.
// node [flags as in the image] remember.cjs COMMAND [ARGUMENTS]
const { writeFileSync } = require('node:fs')
const { resolve } = require('node:path')
const { loaded } = require(resolve('dist/app/podvault.cjs'))

process.on('exit', () => {
  for (const [path, { script }] of loaded) writeFileSync(`${path}.cache`, script.createCachedData())
})
