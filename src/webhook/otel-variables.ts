type Environment = Readonly<Record<string, string | undefined>>

const traces = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'

/**
 * The environment with where spans go said in one variable: the endpoint of all telemetry has a path for each kind of it,
 * and whoever switches OpenTelemetry off means podvault, too.
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export const withTracesEndpoint = (env: Environment): Environment => {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none')
    return { ...env, [traces]: undefined }
  const all = env['OTEL_EXPORTER_OTLP_ENDPOINT']
  return env[traces] || !all ? env : { ...env, [traces]: all.replace(/\/*$/, '/v1/traces') }
}
