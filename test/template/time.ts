import fc from 'fast-check'
import t from 'tap'
import { formatTime } from '../../src/template/time.ts'
import { matchesGo } from '../fixtures/templates.ts'

t.test('the language comes out as it does in Go', async t => {
  matchesGo(t, 'language')
})

t.test('any time is what a calendar says', async t => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
      date => formatTime(date.getTime(), '2006-01-02T15:04:05.000Z') === date.toISOString(),
    ),
    { numRuns: 3000 },
  )
  const long = new Intl.DateTimeFormat('en', { weekday: 'long', month: 'long', timeZone: 'UTC' })
  for (let day = -40_000; day < 40_000; day += 997) {
    const name = long.format(new Date(day * 86_400_000))
    t.equal(formatTime(day * 86_400_000, 'January Monday'), name)
  }
})

t.test('layouts are read as Go reads them', async t => {
  const at = (text: string): number => Date.parse(text)
  t.equal(formatTime(at('2024-12-31T00:00:00.500Z'), '002 __2 3PM pm .9 .99 ,000'), '366 366 12AM am .5 .5 ,500')
  t.equal(formatTime(at('2023-03-01T12:00:00Z'), '002 __2 3PM pm .9 ,999'), '060  60 12PM pm  ')
  t.equal(formatTime(at('1900-03-01T13:00:00Z'), '002 03 3 06'), '060 01 1 00')
  t.equal(formatTime(at('2000-03-01T00:00:00Z'), '002'), '061')
})
