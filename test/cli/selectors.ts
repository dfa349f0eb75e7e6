import t from 'tap'
import { labels, labelsOf, selector, unmet } from '../../src/cli/selectors.ts'

t.test('the first demand that labels do not meet is told', async t => {
  const given = { a: '1', b: '2' }
  const expression = (key: string, operator: string, ...values: readonly string[]) => ({
    matchExpressions: [{ key, operator, ...(values.length > 0 && { values }) }],
  })
  const met = [
    {},
    { matchLabels: { a: '1' } },
    expression('a', 'In', '0', '1'),
    expression('a', 'NotIn', '2'),
    expression('c', 'NotIn', '2'),
    expression('a', 'Exists'),
    expression('c', 'DoesNotExist'),
  ]
  for (const each of met) t.equal(unmet(selector(each, ''), given), undefined, JSON.stringify(each))
  const missed = [
    [{ matchLabels: { a: '1', b: '3' } }, 'b=3'],
    [{ matchLabels: { toString: 'x' } }, 'toString=x'],
    [expression('a', 'In', '0', '2'), 'a In (0, 2)'],
    [expression('c', 'In', '1'), 'c In (1)'],
    [expression('c', 'In'), 'c In'],
    [expression('a', 'NotIn', '1'), 'a NotIn (1)'],
    [expression('toString', 'Exists'), 'toString Exists'],
    [expression('a', 'DoesNotExist'), 'a DoesNotExist'],
  ] as const
  for (const [each, words] of missed) t.equal(unmet(selector(each, ''), given), words)
})

t.test('a namespace has at least the label of its name', async t => {
  t.same(labelsOf({ metadata: { labels: { a: '1' } } }, 'shop'), { 'kubernetes.io/metadata.name': 'shop', a: '1' })
  for (const unknown of [undefined, {}, { metadata: 7 }, { metadata: {} }])
    t.same(labelsOf(unknown, 'shop'), { 'kubernetes.io/metadata.name': 'shop' })
  t.throws(() => labels({ a: 1 }, 'labels'), /labels\.a must be text/)
})
