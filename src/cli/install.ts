import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Command } from '../command.ts'
import { PodvaultError } from '../errors.ts'
import { quote } from '../inject/quote.ts'
import { readConfig } from '../webhook/config.ts'
import { commandLine, parseFlags, textsOf } from '../webhook/flags.ts'
import { simpleOf } from './simple/pod.ts'
import { simplePolicies } from './simple/policy.ts'
import { readChart, type Rendered, renderChart } from './chart.ts'
import { type InstallFlagName, installFlags, installValues } from './install-values.ts'

type Options = {
  readonly simple: boolean
  readonly namespace: string
  readonly skipNamespace: boolean
  readonly monitoring: boolean
}

/** `podvault manifests`: what installs podvault in a cluster, from the chart that Helm would install. */
export const install: Command = async (io, args) => {
  const command = commandLine(
    io,
    'manifests',
    'Prints what installs podvault in a cluster: the manifests of its Helm chart, for those who apply them as they are.',
    'podvault manifests --vault-address https://vault.example.com:8200 | kubectl apply -f -',
  )
  command.option('--namespace <name>', 'where podvault is installed', 'podvault')
  for (const [name, { argument, doc }] of Object.entries(installFlags)) command.option(`--${name} <${argument}>`, doc)
  const flags = parseFlags(
    command
      .option('--skip-namespace', 'leave out the Namespace: it is there already', false)
      .option('--simple', 'no webhook: policies by which the API server itself injects, from Kubernetes 1.36 on', false)
      .option('--monitoring', 'a PodMonitor, a PrometheusRule and a dashboard for Grafana, too', false),
    args,
  )
  if (flags === undefined) return 0
  const options = flags.opts<Options>()
  const given = textsOf(flags, Object.keys(installFlags) as readonly InstallFlagName[])
  const documents = options.simple ? policies(given) : manifests(given, options)
  io.stdout.write(documents.map(document => `---\n${document}`).join(''))
  return 0
}

type Given = Readonly<Partial<Record<InstallFlagName, string>>>

const manifests = (given: Given, { namespace, skipNamespace, monitoring }: Options): readonly string[] => {
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace))
    throw new PodvaultError('usage', `--namespace is ${quote(namespace)}; allowed: the name of a namespace`)
  const files = renderChart(readChart(chartFolder(import.meta.dirname)), namespace, {
    ...installValues(given),
    createNamespace: !skipNamespace,
    ...(monitoring && { monitoring: { podMonitor: true, rules: true, dashboard: true } }),
  })
  return inOrder(files).map(({ text }) => text)
}

/** The settings of the webhook that decide about a pod. */
const decisive: readonly InstallFlagName[] = ['image', 'config', 'vault-address', 'vault-ca-file']

const policies = (given: Given): readonly string[] => {
  const idle = Object.keys(given).filter(name => !decisive.some(each => each === name))
  if (idle.length > 0)
    throw new PodvaultError(
      'usage',
      `--${idle.join(', --')} would have no effect with --simple, which installs no webhook`,
    )
  const { settings } = readConfig(given, {})
  const simple = simpleOf({ ...settings, kubernetes: { major: 1, minor: 36 } })
  const plain = { lineWidth: 0, aliasDuplicateObjects: false }
  return simplePolicies(simple).map(policy => stringify(policy, plain))
}

/** The chart lies beside the program's chunks in the bundle, and in webhook-config in a checkout. @param code our own folder */
export const chartFolder = (code: string): string => {
  const bundled = join(code, '../chart')
  return existsSync(bundled) ? bundled : join(code, '../../webhook-config/chart')
}

/** What others live in comes first, and what pods are stopped by comes last. */
export const inOrder = (files: readonly Rendered[]): readonly Rendered[] =>
  files.toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))

const rank = ({ name }: Rendered): number =>
  name === 'namespace.yaml' ? 0 : /^(mutating|validating)/.test(name) ? 2 : 1
