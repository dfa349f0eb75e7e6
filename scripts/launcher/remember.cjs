// Runs a command of the bundle as it runs in a pod, and leaves beside each file of it what V8 has made of that file.
// node --hash-seed=1 --random-seed=1 [flags as in the image] remember.cjs COMMAND [ARGUMENTS]
const { writeFileSync } = require('node:fs')
const { resolve } = require('node:path')
const { setFlagsFromString } = require('node:v8')
const { loaded } = require(resolve('dist/app/podvault.cjs'))

process.on('exit', () => {
  // V8 believes what was made under the flags that it runs under itself: the seed has done its work.
  setFlagsFromString('--hash-seed=0')
  for (const [path, { script }] of loaded) writeFileSync(`${path}.cache`, script.createCachedData())
})
