// A real process, killed while it writes, and a reader that looks all the time.
import { join } from 'node:path'
import t from 'tap'
import { writeFiles } from '../../src/agent/files.ts'
import { triesOf } from '../fixtures/faults.ts'
import { filesOf } from '../fixtures/kills/generations.ts'
import { lookAtOnce, run, watch } from '../fixtures/kills/reader.ts'
import { chanceOf } from '../fixtures/virtual/time.ts'

// Processors may be shared with many.
t.setTimeout(240_000)

t.test('killed at any moment, a writer leaves whole files of one generation', async t => {
  const chance = chanceOf(1)
  const folder = join(t.testdir(), 'secrets')
  const files = ['a', 'b', 'c/d']
  let [looks, missed, last] = [0, 0, 0]
  writeFiles(new Map([[folder, filesOf(0)]]))
  for (let kill = 0; kill < triesOf('killedWriter'); kill += 1) {
    const child = run('test/fixtures/kills/writer.ts', [folder])
    // Some 80 ms until it writes at all.
    setTimeout(() => child.kill('SIGKILL'), 80 + 250 * chance())
    const watched = await watch(child, folder, files)
    looks += watched.looks
    missed += watched.missed
    const generation = lookAtOnce(folder, files) ?? -1
    if (generation < last) t.fail(`generation ${generation} after ${last}`)
    last = generation
  }
  t.ok(last > 100, `${last} generations`)
  t.ok(looks > 1000, `${looks} looks`)
  // A thousand changes a second; the kubelet's own volumes do no better.
  t.ok(missed < looks / 10, `${missed} of them came upon a set that was just removed`)
})
