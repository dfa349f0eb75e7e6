import t from 'tap'
import {
  type Check,
  isRecord,
  listOf,
  member,
  nullOr,
  numberFrom,
  objectOf,
  objectWith,
  oneOf,
  record,
  ShapeError,
  text,
  textLike,
  truth,
} from '../src/shape.ts'

const server = objectOf({
  host: text,
  ports: listOf(numberFrom(1, 65_535)),
  tls: objectWith({ mode: oneOf('on', 'off') }, { strict: truth, ca: nullOr(textLike(/^-/, 'a certificate')) }),
})

t.test('a value of the right shape comes out, without members nobody named', async t => {
  const given = { host: 'a', ports: [1, 2], tls: { mode: 'on', strict: true, ca: null }, more: 1 }
  t.strictSame(server(given, ''), { host: 'a', ports: [1, 2], tls: { mode: 'on', strict: true, ca: null } })
  t.strictSame(server({ host: 'a', ports: [], tls: { mode: 'off' } }, '').tls, { mode: 'off' })
})

t.test('a wrong value is refused with its place and what belongs there, not with what it is', async t => {
  const good = { host: 'a', ports: [1], tls: { mode: 'on' } }
  const cases: readonly [Check<unknown>, unknown, string][] = [
    [server, null, ' must be an object'],
    [server, { ...good, host: 5 }, 'host must be text'],
    [server, { ...good, ports: { 0: 1 } }, 'ports must be a list'],
    [server, { ...good, ports: [1, 70_000] }, 'ports[1] must be a number from 1 to 65535'],
    [server, { ...good, ports: [Number.NaN] }, 'ports[0] must be a number from 1 to 65535'],
    [server, { ...good, ports: ['s3cret'] }, 'ports[0] must be a number from 1 to 65535'],
    [server, { ...good, tls: [] }, 'tls must be an object'],
    [server, { ...good, tls: { mode: 's3cret' } }, 'tls.mode must be on or off'],
    [server, { ...good, tls: { mode: 'on', strict: null } }, 'tls.strict must be true or false'],
    [server, { ...good, tls: { mode: 'on', ca: 's3cret' } }, 'tls.ca must be a certificate'],
    [server, { ports: [1], tls: { mode: 'on' } }, 'host must be text'],
    [textLike(/^a/, 'an a-word'), 1, 'x must be an a-word'],
    [numberFrom(0), -1, 'x must be a number from 0'],
  ]
  for (const [check, value, message] of cases)
    t.throws(() => check(value, check === server ? '' : 'x'), new ShapeError(message), message)
})

t.test('names that objects inherit are no members', async t => {
  t.equal(member({}, 'constructor'), undefined)
  t.equal(member(record(JSON.parse('{"__proto__":1}'), ''), '__proto__'), 1)
  t.throws(() => objectOf({ toString: text })({}, ''), new ShapeError('toString must be text'))
  t.notOk(isRecord(['a']))
  t.equal(textLike(/^a/, 'an a-word')('ab', ''), 'ab')
})
