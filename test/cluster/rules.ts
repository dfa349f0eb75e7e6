import { parse } from 'yaml'
import { readChart, renderChart } from '../../src/cli/chart.ts'

export type Alert = {
  readonly alert: string
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

export type Groups = { readonly groups: readonly { readonly name: string; readonly rules: readonly Alert[] }[] }

/** The chart's alerts, as Prometheus itself reads them: without the object of its operator around them. */
export const ruleGroups = (): Groups => {
  const files = renderChart(readChart('webhook-config/chart'), 'podvault', { monitoring: { rules: true } })
  const rule = files.find(({ name }) => name === 'prometheusrule.yaml')
  return (parse(rule?.text ?? '') as { readonly spec: Groups }).spec
}

export const alertsOf = ({ groups }: Groups): readonly Alert[] => groups.flatMap(({ rules }) => rules)

/** What every panel of the dashboard asks for. */
export const queriesOf = (dashboard: Dashboard): readonly string[] =>
  dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))

export type Dashboard = {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[]
}
