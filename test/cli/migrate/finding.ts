import t from 'tap'
import { type Finding, outcomeOf } from '../../../src/cli/migrate/finding.ts'

const finding = (more: Partial<Finding> = {}): Finding => ({
  tool: 'vault-k8s',
  better: [],
  notes: [],
  byHand: [],
  settings: [],
  ...more,
})

t.test('one hand for one tool is a hand for the workload; otherwise whatever is better counts', async t => {
  t.equal(outcomeOf([finding(), finding({ notes: ['a'] })]), 'as it is')
  t.equal(outcomeOf([finding(), finding({ better: ['a'] })]), 'better')
  t.equal(outcomeOf([finding({ better: ['a'] }), finding({ byHand: ['b'] })]), 'by hand')
})
