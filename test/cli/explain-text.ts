import t from 'tap'
import { type Report, reportOn } from '../../src/cli/explain-report.ts'
import { reportText } from '../../src/cli/explain-text.ts'
import { explain } from '../../src/inject/explain.ts'
import { podWith, settings } from '../fixtures/pods.ts'

const what = { kind: 'Pod', namespace: 'shop', name: 'web' }
const injected = reportOn(what, explain(podWith(), 'shop', settings))
const refused = reportOn(what, explain(podWith({ renew: 'maybe' }), 'shop', settings))
const text = (report: Report, all = false) => reportText(report, all)
const head = (report: Report) => text(report).split('\n')[0]

t.test('says what becomes of the pod, then what holds, what is added and what to do', async t => {
  const lines = text(injected).split('\n')
  t.match(lines[0], /^Pod shop\/web: injected: the pod gets its secrets \(engine podvault, settings [0-9a-f]{12}\)$/)
  t.match(lines[1], /^ {2}settings$/)
  t.ok(lines.includes('    podvault.dev/role             web                             pod'), lines.join('\n'))
  t.ok(lines.includes('    init container  podvault-login    localhost/podvault:dev'))
  t.ok(lines.includes('    variable        app               DB'))
  t.match(lines.at(-2), /^ {2}next: if such a pod does not start/)
  t.notMatch(text(injected), /\n {2}(?:problems|warnings|not known|webhooks)/)
})

t.test('a refusal comes with every problem, and settings that nobody gives only when asked for', async t => {
  t.match(
    text(refused),
    /refused \(bad-value\): an annotation with a value.*\n {2}problems\n {4}podvault\.dev\/renew is "maybe"/,
  )
  t.notMatch(text(refused), 'podvault.dev/ca-secret')
  t.match(text(refused, true), /podvault\.dev\/ca-secret +– +default\n/)
})

t.test('warnings, and what is not known, are told', async t => {
  t.match(
    text({ ...injected, warnings: ['careful'], notes: ['no version'] }),
    /warnings\n {4}careful\n[^]*not known\n {4}no version/,
  )
})

t.test('a live pod is told from what a new one would be', async t => {
  const live = { ...injected, isLive: true }
  t.match(head(live), /^Pod shop\/web: not injected; a new one would be injected today: the pod gets its secrets/)
  t.match(
    head({ ...refused, isLive: true }),
    /not injected; a new one would be refused today \(bad-value\): an annotation with/,
  )
  t.match(head({ ...live, kind: 'Deployment' }), /^Deployment shop\/web: injected: /)
  const present = { version: '0.1.0', hash: 'abc', upToDate: true }
  t.equal(
    head({ ...live, present }),
    'Pod shop/web: injected by podvault 0.1.0, settings abc; a new one would be the same',
  )
  t.match(
    head({ ...live, present: { ...present, upToDate: false } }),
    /settings abc; a new one would be injected today: .* \(engine podvault, settings [0-9a-f]{12}\)$/,
  )
  t.match(head({ ...injected, name: '' }), /^Pod shop\/\(no name\): /)
})

t.test('webhooks are told in a line, those of podvault with their conditions', async t => {
  const webhook = {
    name: 'a/b',
    isPodvault: true,
    sees: 'yes',
    conditions: [],
    failurePolicy: 'Fail',
    created: '',
  } as const
  const shown = text({
    ...injected,
    webhooks: [
      {
        ...webhook,
        sees: 'perhaps',
        because: 'of c',
        conditions: [
          { name: 'c', expression: 'x > 1' },
          { name: 'd', expression: 'x', holds: true },
          { name: 'e', expression: 'y', holds: false },
        ],
      },
      { ...webhook, name: 'i/j', failurePolicy: 'Ignore', sees: 'no' },
      { ...webhook, name: 'other/one', isPodvault: false },
    ],
  })
  for (const line of [
    '  webhooks asked about pods',
    '    a/b        podvault       may see it: of c',
    '               when c         unknown here: x > 1',
    '               when d         holds: x',
    '               when e         does not hold: y',
    '               when it fails  pods are refused',
    '    i/j        podvault       does not see it',
    '               when it fails  pods pass',
    '    other/one  another        sees it',
  ])
    t.ok(shown.split('\n').includes(line), `${line}\n${shown}`)
})

t.test('processes that are shared are told', async t => {
  const added = { ...injected.added!, shareProcessNamespace: true }
  t.match(text({ ...injected, added }), /pod +shareProcessNamespace +true\n/)
})

t.test('what others wrote does not steer the terminal', async t => {
  const shown = text({ ...refused, name: 'x\u001B[2J', problems: ['a\nb\u202E'] })
  t.match(shown, String.raw`Pod shop/x\u001b[2J: refused`)
  t.match(shown, String.raw`    a b\u202e`)
  t.notMatch(shown, /[^\P{Cc}\n]/u)
})
