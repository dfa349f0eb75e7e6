import { spawnSync } from 'node:child_process'
import t from 'tap'
import { checkRoom, roomHere, roomOf } from '../../src/cli/room.ts'

const limits = (stack: string) =>
  `Limit                     Soft Limit\nMax data size             unlimited\nMax stack size            ${stack}  unlimited bytes\n`

t.test('a quarter of the stack, no less than 128 KiB and no more than 6 MiB', async t => {
  t.equal(roomOf(limits('8388608')), 2_097_152)
  t.equal(roomOf(limits('1024')), 131_072)
  for (const text of [limits('unlimited'), limits('999999999999'), undefined]) t.equal(roomOf(text), 6_291_456)
})

t.test('what is too much is refused with both numbers', async t => {
  const size = 'sh'.length + 9 + 'A=é'.length + 1 + 9 + '/bin/sh'.length + 1
  checkRoom(size, '/bin/sh', ['sh'], { A: 'é' })
  t.throws(() => checkRoom(size - 1, '/bin/sh', ['sh'], { A: 'é' }), {
    code: 'failed',
    message: `arguments and environment have ${size} bytes, and this system hands over ${size - 1}`,
  })
})

t.test('the kernel takes what is let through', async t => {
  const room = roomHere()
  t.equal(roomHere('/nowhere'), roomOf(undefined))
  const value = 'x'.repeat(100_000)
  const env: Record<string, string> = {}
  const fits = () => {
    try {
      checkRoom(room, '/bin/true', ['/bin/true'], { ...env, NEXT: value })
      return true
    } catch {
      return false
    }
  }
  while (fits()) env[`V${Object.keys(env).length}`] = value
  t.ok(Object.keys(env).length >= 1)
  t.equal(spawnSync('/bin/true', { env }).status, 0)
})
