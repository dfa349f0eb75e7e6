const day = 86_400_000

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

/** Year, month and day of the days since 1970: https://howardhinnant.github.io/date_algorithms.html#civil_from_days */
const civil = (since: number): { readonly year: number; readonly month: number; readonly date: number } => {
  const shifted = since + 719_468
  const era = Math.floor(shifted / 146_097)
  const ofEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  )
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * ofYear + 2) / 153)
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    date: ofYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  }
}

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0

const dayOfYear = (year: number, month: number, date: number): number =>
  [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30]
    .slice(0, month - 1)
    .reduce((sum, each) => sum + each, date)

const padded = (value: number, length = 2, fill = '0'): string => String(value).padStart(length, fill)

/** Go's layout: a time is written as the one of 2006 is. Longer pieces first. */
const pieces =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|002|__2|_2(?!006)|01|02|03|04|05|06|15|PM|pm|-07:00:00|-070000|-07:00|-0700|-07|Z07:00:00|Z070000|Z07:00|Z0700|Z07|[.,]0+(?![0-9])|[.,]9+(?![0-9])|1|2|3|4|5/g

/** time.Format in UTC. @param now milliseconds since 1970 */
export const formatTime = (now: number, layout: string): string => {
  const { year, month, date } = civil(Math.floor(now / day))
  const rest = now - Math.floor(now / day) * day
  const [hour, minute, second] = [
    Math.floor(rest / 3_600_000),
    Math.floor(rest / 60_000) % 60,
    Math.floor(rest / 1000) % 60,
  ]
  const weekday = String(days[(((Math.floor(now / day) + 4) % 7) + 7) % 7])
  const name = String(months[month - 1])
  const hour12 = hour % 12 === 0 ? 12 : hour % 12
  const ofYear = dayOfYear(year, month, date)
  const fixed: Readonly<Record<string, string>> = {
    January: name,
    Jan: name.slice(0, 3),
    Monday: weekday,
    Mon: weekday.slice(0, 3),
    MST: 'UTC',
    2006: padded(year, 4),
    '06': padded(((year % 100) + 100) % 100),
    '01': padded(month),
    1: String(month),
    '02': padded(date),
    _2: padded(date, 2, ' '),
    2: String(date),
    '002': padded(ofYear, 3),
    __2: padded(ofYear, 3, ' '),
    15: padded(hour),
    '03': padded(hour12),
    3: String(hour12),
    '04': padded(minute),
    4: String(minute),
    '05': padded(second),
    5: String(second),
    PM: hour < 12 ? 'AM' : 'PM',
    pm: hour < 12 ? 'am' : 'pm',
  }
  return layout.replaceAll(pieces, piece => fixed[piece] ?? zone(piece) ?? fraction(piece, rest % 1000))
}

const zone = (piece: string): string | undefined =>
  piece.startsWith('Z') ? 'Z' : piece.startsWith('-') ? `+${piece.slice(1).replace('7', '0')}` : undefined

const fraction = (piece: string, millisecond: number): string => {
  const digits = padded(Math.floor(millisecond), 3)
    .padEnd(piece.length - 1, '0')
    .slice(0, piece.length - 1)
  if (piece.charAt(1) === '0') return piece.charAt(0) + digits
  const kept = digits.replace(/0+$/, '')
  return kept === '' ? '' : piece.charAt(0) + kept
}
