import { checkTemplate } from '../../template/check.ts'
import { notAllowed } from '../policy.ts'
import type { Problem } from '../reasons.ts'
import type { Engine } from '../settings.ts'
import { annotations, type Entry, fixedKeys, prefix, stages } from './annotations.ts'
import { foreignParameters } from './auth.ts'
import { delimitersOf, templateText } from './default-template.ts'
import type { Secret } from './secrets.ts'
import type { Wish } from './wish.ts'

export type Choice = {
  readonly engine: Engine
  readonly problems: readonly Problem[]
  readonly warnings: readonly string[]
}

/** Which engine a pod gets: podvault, unless it asks for what only Vault Agent can do. */
export const chooseEngine = (wish: Wish): Choice => {
  const { mixed, settings } = wish
  const { engines } = settings.allow
  const templates = templatesOf(wish)
  const needed = needsOf(wish, templates)
  const asked = mixed.engine === 'auto' ? undefined : mixed.engine
  const fitting: Engine = needed.length === 0 && engines.includes('podvault') ? 'podvault' : 'vault-agent'
  const engine = asked ?? fitting
  const problems: Problem[] = []
  if (asked === 'podvault' && needed.length > 0)
    problems.push({
      reason: 'bad-value',
      message: `podvault.dev/engine is "podvault", and only engine vault-agent can do ${enumerate(needed, 200, prefix)}; remove one of them`,
    })
  if (!engines.includes(engine))
    problems.push(
      notAllowed(
        `engine ${engine}${needed.length === 0 ? '' : `, which ${enumerate(needed, 200, prefix)} needs`}`,
        'engines',
      ),
    )
  if (engine === 'vault-agent' && (mixed['on-change'] ?? 'none') !== 'none')
    problems.push({ reason: 'bad-value', message: 'podvault.dev/on-change needs engine podvault; remove it' })
  // What Vault Agent makes of a template is its own business.
  if (engine === 'podvault') problems.push(...templates.flatMap(({ problem }) => problem ?? []))
  return { engine, problems, warnings: warningsOf(wish, engine, asked === undefined ? needed : []) }
}

/** Annotations, without the prefix, of which podvault's own agent is not capable. */
const needsOf = ({ read, secrets, settings }: Wish, templates: readonly Templated[]): readonly string[] => [
  ...fixedKeys.filter(key => {
    const { answer } = annotations[key] as Entry<unknown>
    return answer.kind === 'vault-agent' && answer.needs(read.values[key], settings)
  }),
  ...foreignParameters(read).map(name => `auth-config-${name}`),
  ...[...read.named('agent-telemetry').keys()].map(name => `agent-telemetry-${name}`),
  ...templates.flatMap(({ needs }) => needs),
  ...secrets.flatMap(secretNeeds),
]

const secretNeeds = ({ key, command, file, perms }: Secret): readonly string[] => {
  const mode = annotations['agent-inject-perms'].kind.read(perms)
  const needs: readonly (readonly [boolean, string])[] = [
    [command !== '', `agent-inject-command-${key}`],
    [typeof mode === 'number' && (mode < 0o400 || mode > 0o777), `agent-inject-perms-${key}`],
    [!/^(?:(?:^|\/)(?!\.\.)[^/\p{Cc}]{1,253})+$/u.test(file ?? key), `agent-inject-file-${key}`],
  ]
  return needs.filter(([isNeeded]) => isNeeded).map(([, annotation]) => annotation)
}

/** What is known of a secret's template: functions that only Vault Agent has, or why nobody can read it. */
type Templated = { readonly needs: readonly string[]; readonly problem?: Problem }

const templatesOf = ({ secrets, read }: Wish): readonly Templated[] =>
  secrets.flatMap(secret => {
    const text = templateText(secret, read.values['agent-inject-default-template'])
    return text === undefined ? [] : [templatedOf(secret, text)]
  })

const templatedOf = (secret: Secret, text: string): Templated => {
  const annotation = `agent-inject-${secret.template === '' ? 'secret' : 'template'}-${secret.key}`
  const { problems, lacking } = checkTemplate(text, delimitersOf(secret))
  if (lacking.length > 0) return { needs: [`${annotation} (${lacking.join(', ')})`] }
  const [problem] = problems
  if (problem === undefined) return { needs: [] }
  const message = `${stages.agent}: ${prefix}${annotation}, line ${problem.line}, column ${problem.column}: ${problem.message}`
  return { needs: [], problem: { reason: 'bad-value', message } }
}

const warningsOf = ({ read, mixed }: Wish, engine: Engine, needed: readonly string[]): readonly string[] => {
  if (engine === 'vault-agent') {
    const idle = (['renew-at', 'login-timeout', 'metrics-port', 'instant-updates'] as const).filter(
      key => mixed[key] !== undefined,
    )
    return [
      ...(needed.length > 0 ? [`engine vault-agent instead of podvault, needed by ${enumerate(needed, 56)}`] : []),
      ...idle.map(key => `podvault.dev/${key} has no effect on engine vault-agent`),
    ]
  }
  const idle = fixedKeys.filter(key => {
    const { answer, usual } = annotations[key] as Entry<unknown>
    const isUsual = JSON.stringify(read.values[key]) === JSON.stringify(usual)
    return answer.kind === 'warned' && read.originOf(key) === 'pod' && !isUsual
  })
  const lonely = read.values['agent-pre-populate-only'] && typeof mixed['metrics-port'] === 'number'
  return [
    ...(idle.length === 0 ? [] : [`no effect on podvault's agent: ${enumerate(idle, 80)}`]),
    ...(lonely ? ['podvault.dev/metrics-port has no effect: agent-pre-populate-only leaves out the sidecar'] : []),
  ]
}

/** As many names as fit; the others are counted. */
const enumerate = (names: readonly string[], longest: number, before = ''): string => {
  const [first = '', ...rest] = names.map(name => before + name)
  const shown = [first.slice(0, longest)]
  for (const name of rest) if ([...shown, name].join(', ').length <= longest) shown.push(name)
  const more = names.length - shown.length
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
