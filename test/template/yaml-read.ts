import t from 'tap'
import { failure, matchesGo } from '../fixtures/templates.ts'

t.test('yaml-read comes out as it does in Go', async t => {
  matchesGo(t, 'yaml-read')
})

t.test('what is not read is refused by name, with its line', async t => {
  const problem = (text: string): string | undefined =>
    failure(`{{ parseYAML ${JSON.stringify(text)} }}`)?.replace('parseYAML: ', '')
  t.equal(problem('? a\n: b'), 'keys behind "?" are not read, in line 1')
  t.equal(problem('a: !!str b'), 'tags are not read, in line 1')
  t.equal(problem('%YAML 1.1\n---\na'), 'directives are not read, in line 1')
  t.equal(problem('a: 1\n: b'), 'this is no YAML, in line 2')
  t.equal(problem('{a:'), 'this is no YAML, in line 1')
  t.equal(problem('{a: - b}'), 'this is no YAML, in line 1')
  t.equal(problem('[?]'), 'this is no YAML, in line 1')
  t.equal(problem('['.repeat(300)), 'it is too deep, in line 1')
  t.equal(problem('- '.repeat(300)), 'it is too deep, in line 1')
  t.equal(problem('a: 1\nb: *c'), 'an alias has no anchor, in line 2')
})
