import t from 'tap'
import type { StatusRow } from '../../src/cli/status-rows.ts'
import { ageOf, statusText } from '../../src/cli/status-text.ts'

const now = Date.parse('2026-01-03T00:00:00Z')
const row: StatusRow = {
  namespace: 'shop',
  workload: 'Deployment/web',
  pods: 3,
  ready: 2,
  engines: ['podvault'],
  versions: ['0.1.0', '0.2.0'],
  hashes: ['abc'],
  created: '2026-01-01T00:00:00Z',
  injected: '2026-01-02T21:00:00Z',
  drift: { none: 1, settings: 2 },
}

t.test('a line for each workload, as kubectl has them', t => {
  t.equal(
    statusText(
      [row, { ...row, workload: 'Job/a', drift: { none: 3 } }, { ...row, workload: 'Job/b', drift: { version: 3 } }],
      false,
      now,
    ),
    `NAMESPACE  WORKLOAD        PODS  READY  ENGINE    VERSION      AGE  INJECTED  DRIFT
shop       Deployment/web  3     2/3    podvault  0.1.0,0.2.0  2d   3h ago    2 of 3: settings
shop       Job/a           3     2/3    podvault  0.1.0,0.2.0  2d   3h ago    –
shop       Job/b           3     2/3    podvault  0.1.0,0.2.0  2d   3h ago    version
`,
  )
  t.match(statusText([row], true, now), /DRIFT +SETTINGS\n.* abc\n$/)
  t.end()
})

t.test('ages are told in the unit that fits', t => {
  const age = (seconds: number) => ageOf(new Date(now - seconds * 1000).toISOString(), now)
  t.same([0, 1, 119, 120, 7199, 7200, 172_800, -5].map(age), ['0s', '1s', '119s', '2m', '119m', '2h', '2d', '0s'])
  t.equal(ageOf('', now), '–')
  t.end()
})
