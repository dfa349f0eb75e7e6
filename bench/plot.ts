/** Lines over numbers, as an SVG that browsers and GitHub show; nothing of it is random, so that a diff says what has changed. */
export type Plot = {
  readonly x: Axis
  readonly y: Axis
  readonly lines: readonly Line[]
}

export type Axis = {
  readonly title: string
  /** In order; the first and the last are the ends of the axis. */
  readonly ticks: readonly number[]
  readonly isLogarithmic?: true
}

export type Line = {
  readonly name: string
  readonly points: readonly Point[]
  /** Lines of the same are told apart by dashes. */
  readonly colour: keyof typeof colours
  readonly isDashed?: boolean
}

type Point = readonly [x: number, y: number]

const colours = { blue: '#0b5fff', orange: '#d9480f', green: '#2b8a3e', grey: '#868e96' } as const

const [width, height, left, right, top, bottom] = [720, 360, 60, 20, 30, 45]
/** Of a line of the legend, which stands below. */
const leading = 18

export const plot = ({ x, y, lines }: Plot): string => {
  const across = scale(x, left, width - right)
  const up = scale(y, height - bottom, top)
  const size = `viewBox="0 0 ${width} ${height + lines.length * leading}" font-family="sans-serif" font-size="12"`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size}>`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    ...y.ticks.map(tick => levelAt(up(tick), tick)),
    ...x.ticks.map(tick => text(across(tick), height - bottom + 18, 'middle', shown(tick))),
    ...lines.map(line => lineOf(line, across, up)),
    ...lines.map((line, index) => legendOf(line, height + 8 + index * leading)),
    text((left + width - right) / 2, height - 8, 'middle', x.title),
    text(8, 16, 'start', y.title),
    '</svg>',
    '',
  ].join('\n')
}

type Scale = (value: number) => number

/** What lies beyond the ends of the axis is drawn at its end. */
const scale = ({ ticks, isLogarithmic }: Axis, from: number, to: number): Scale => {
  const by: Scale = isLogarithmic === true ? Math.log : value => value
  const [low, high] = [by(ticks[0] ?? 0), by(ticks.at(-1) ?? 1)]
  return value => from + (Math.min(Math.max((by(value) - low) / (high - low), 0), 1) || 0) * (to - from)
}

const shown = (tick: number): string => tick.toLocaleString('en')
const place = (value: number): string => value.toFixed(1)

const text = (x: number, y: number, anchor: string, content: string, colour = '#000'): string =>
  `<text x="${place(x)}" y="${place(y)}" text-anchor="${anchor}" fill="${colour}">${content}</text>`

const levelAt = (y: number, tick: number): string =>
  `<line x1="${left}" x2="${width - right}" y1="${place(y)}" y2="${place(y)}" stroke="#ddd"/>` +
  text(left - 8, y + 4, 'end', shown(tick))

const stroke = ({ colour, isDashed }: Line): string =>
  `fill="none" stroke="${colours[colour]}" stroke-width="2"${isDashed === true ? ' stroke-dasharray="5 4"' : ''}`

const lineOf = (line: Line, across: Scale, up: Scale): string =>
  `<polyline points="${line.points.map(([x, y]) => `${place(across(x))},${place(up(y))}`).join(' ')}" ${stroke(line)}/>`

const legendOf = (line: Line, y: number): string =>
  `<line x1="${left + 12}" x2="${left + 40}" y1="${y - 4}" y2="${y - 4}" ${stroke(line)}/>` +
  text(left + 48, y, 'start', line.name, colours[line.colour])

/** Ticks of even steps from 0 that hold the value: 5 to 10 of them, at round numbers. */
export const ticksUpTo = (most: number): readonly number[] => {
  const power = 10 ** Math.floor(Math.log10(most / 5 || 1))
  const step = [1, 2, 5, 10].map(factor => factor * power).find(each => most / each <= 10) ?? most
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => Number((index * step).toPrecision(6)))
}
