import { prefix } from '../../vault-k8s/annotations.ts'

type Telemetry = {
  readonly stanza: Readonly<Record<string, unknown>> | undefined
  readonly warnings: readonly string[]
}

const text = (value: unknown): boolean => typeof value === 'string'
const flag = (value: unknown): boolean => typeof value === 'boolean'
const whole = (value: unknown): boolean => Number.isSafeInteger(value)
const texts = (value: unknown): boolean => Array.isArray(value) && value.every(text)

/** The parameters that vault-k8s knows, and what they are in JSON. */
const parameters: Readonly<Record<string, (value: unknown) => boolean>> = {
  usage_gauge_period: text,
  maximum_gauge_cardinality: whole,
  disable_hostname: flag,
  enable_hostname_label: flag,
  lease_metrics_epsilon: text,
  num_lease_metrics_buckets: whole,
  add_lease_metrics_namespace_labels: flag,
  filter_default: flag,
  prefix_filter: texts,
  statsite_address: text,
  statsd_address: text,
  circonus_api_token: text,
  circonus_api_app: text,
  circonus_api_url: text,
  circonus_submission_interval: text,
  circonus_submission_url: text,
  circonus_check_id: text,
  circonus_check_force_metric_activation: flag,
  circonus_check_instance_id: text,
  circonus_check_search_tag: text,
  circonus_check_display_name: text,
  circonus_check_tags: text,
  circonus_broker_id: text,
  circonus_broker_select_tag: text,
  dogstatsd_addr: text,
  dogstatsd_tags: texts,
  prometheus_retention_time: text,
  stackdriver_project_id: text,
  stackdriver_location: text,
  stackdriver_namespace: text,
  stackdriver_debug_logs: flag,
}

/**
 * The stanza of what `agent-telemetry-*` says. One bad value costs vault-k8s all of them, in silence; here it is left
 * out and named.
 */
export const telemetryOf = (named: ReadonlyMap<string, string>): Telemetry => {
  const stanza: Record<string, unknown> = {}
  const warnings: string[] = []
  for (const [name, given] of named) {
    const parameter = name.replaceAll('-', '_').toLowerCase()
    const fits = Object.hasOwn(parameters, parameter) ? parameters[parameter] : undefined
    const value = parsed(given)
    const annotation = `${prefix}agent-telemetry-${name.slice(0, 40)}`
    if (fits === undefined) warnings.push(`${annotation} has no effect: telemetry has no such parameter`)
    else if (value !== null && !fits(value)) warnings.push(`${annotation} is left out: its value is of the wrong kind`)
    else if (!isEmpty(value)) stanza[parameter] = value
  }
  return { stanza: named.size === 0 ? undefined : stanza, warnings }
}

/** JSON where it is JSON, else the text itself. */
const parsed = (given: string): unknown => {
  try {
    return JSON.parse(given)
  } catch {
    return given
  }
}

/** Go leaves these out. */
const isEmpty = (value: unknown): boolean =>
  value === null || value === '' || value === 0 || value === false || (Array.isArray(value) && value.length === 0)
