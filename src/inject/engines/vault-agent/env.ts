import { podFields } from '../../pod-fields.ts'
import type { EnvVar } from '../../pod.ts'
import type { TokenVolume } from '../../vault-k8s/service-account.ts'
import type { Wish } from '../../vault-k8s/wish.ts'
import { agentConfig } from './config.ts'

/** The environment of Vault Agent, in vault-k8s's order. */
export const agentEnv = (wish: Wish, token: TokenVolume, isInit: boolean): readonly EnvVar[] => {
  const { values } = wish.read
  const configured =
    values['agent-configmap'] === ''
      ? variables({ VAULT_CONFIG: base64(JSON.stringify(agentConfig(wish, token, isInit))) })
      : connection(wish)
  return [
    ...podFields,
    ...variables({
      GOMAXPROCS: values['go-max-procs'],
      VAULT_CLIENT_TIMEOUT: values['client-timeout'] === 'none' ? '' : values['client-timeout'].text,
      VAULT_MAX_RETRIES: values['client-max-retries'],
      VAULT_LOG_LEVEL: values['log-level'],
      VAULT_LOG_FORMAT: values['log-format'],
      HTTPS_PROXY: values['proxy-address'],
    }),
    ...configured,
    ...variables({ VAULT_CACERT_BYTES: wish.settings.ca ?? '' }),
    ...(values['auth-type'] === 'aws' ? awsEnv(wish) : []),
  ]
}

const variables = (values: Readonly<Record<string, string>>): readonly EnvVar[] =>
  Object.entries(values)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => ({ name, value }))

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** What a ConfigMap does not have to say. */
const connection = ({ address, read: { values } }: Wish): readonly EnvVar[] =>
  variables({
    VAULT_ADDR: address,
    VAULT_CACERT: values['ca-cert'],
    VAULT_CAPATH: values['ca-key'],
    VAULT_CLIENT_CERT: values['client-cert'],
    VAULT_CLIENT_KEY: values['client-key'],
    VAULT_SKIP_VERIFY: String(values['tls-skip-verify']),
    VAULT_TLS_SERVER_NAME: values['tls-server-name'],
  })

const awsNames = ['AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_DEFAULT_REGION', 'AWS_REGION']

/** What the app knows of its AWS role; the first container that has a variable counts. */
const awsEnv = ({ pod, read }: Wish): readonly EnvVar[] => {
  const region = read.named('auth-config').get('region')
  const theirs = (pod.spec?.containers ?? []).flatMap(({ env = [] }) => env)
  const found = awsNames.flatMap(name => theirs.find(variable => variable.name === name) ?? [])
  return region === undefined
    ? found
    : [...found.filter(({ name }) => name !== 'AWS_REGION'), ...variables({ AWS_REGION: region })]
}
