import { names } from '../../contract.ts'

/** A variable of a policy, in CEL. */
export type Variable = { readonly name: string; readonly expression: string }

/** Letters that mean nothing in JSON, in CEL or to the kubelet. */
const word = String.raw`[A-Za-z0-9_.:@+-]+`
const path = String.raw`[A-Za-z0-9_.:@+/-]+`

/** Of the pod; there are some, or it would ask for nothing. */
export const annotations = 'object.metadata.annotations'

/** What a pod may say; everything else is for the webhook. */
const covered: readonly string[] = ['inject', 'role', 'secrets', 'status'].map(key => `podvault.dev/${key}`)

const most = 100

/** The secrets file, vaultenv version 1 or 2, as far as policies read it. */
export const secretsFile: readonly Variable[] = [
  {
    name: 'lines',
    expression: `${annotations}[?'podvault.dev/secrets'].orValue('').split('\\n').map(l, l.trim()).filter(l, l != '' && !l.startsWith('#'))`,
  },
  {
    name: 'mount',
    expression: `variables.lines.size() > 1 && variables.lines[0].matches(r'^VERSION\\s+2$') && variables.lines[1].matches(r'^MOUNT\\s+${word}$')
? variables.lines[1].find(r'\\S+$') : ''`,
  },
  { name: 'entries', expression: `variables.lines.slice(variables.mount == '' ? 0 : 2, variables.lines.size())` },
  {
    name: 'isRead',
    expression: `variables.entries.size() > 0 && variables.entries.size() <= ${most}
&& variables.entries.all(l, l.matches(r'^([A-Za-z_][A-Za-z0-9_]*=\\s*)?${path}#\\s*${path}$'))`,
  },
  {
    name: 'parts',
    expression: `variables.entries.map(l, {'name': l.substring(0, l.indexOf('=') + 1),
'path': l.substring(l.indexOf('=') + 1).split('#')[0].trim(), 'key': l.substring(l.indexOf('=') + 1).split('#')[1].trim()})`,
  },
  {
    name: 'secrets',
    expression: `variables.parts.map(p, {'key': p.key, 'path': (variables.mount == '' ? 'secret' : variables.mount) + '/' + p.path,
'name': p.name != '' ? p.name.replace('=', '')
: ((variables.mount == '' ? '' : variables.mount + '_') + p.path + '_' + p.key).replace('/', '_').replace('-', '_').upperAscii()})`,
  },
  { name: 'names', expression: `variables.isRead ? variables.secrets.map(s, s.name) : []` },
]

/** What keeps a pod from its secrets, each in a sentence. Holds before the injection as well as behind it. */
export const problems = (mountPath: string): Variable => {
  const folder = `${mountPath}/`
  const checks: readonly (readonly [holds: string, sentence: string])[] = [
    [
      `${annotations}[?'podvault.dev/inject'].orValue('true') == 'true'`,
      'podvault.dev/inject is neither "true" nor "false"',
    ],
    [
      `${annotations}.all(k, !k.startsWith('vault.hashicorp.com/') && (!k.startsWith('podvault.dev/') || k in ${JSON.stringify(covered)}))`,
      'without the webhook no annotation is known but podvault.dev/inject, role and secrets',
    ],
    [
      `${annotations}[?'podvault.dev/role'].orValue('').matches(r'^${path}$')`,
      'podvault.dev/role is missing, or has other letters than A-Z a-z 0-9 _ . : @ + / -',
    ],
    [
      'variables.isRead',
      `podvault.dev/secrets is missing or is not what policies read: up to ${most} lines of [NAME=]path#key, behind VERSION 2 and MOUNT name where the mount is not "secret"`,
    ],
    ['variables.names.distinct().size() == variables.names.size()', 'podvault.dev/secrets gives two secrets one name'],
    [
      `object.spec.containers.all(c, !has(c.env) || c.env.all(e, !(e.name in variables.names)
|| e.?valueFrom.?fileKeyRef.?volumeName.orValue('') == '${names.secretsVolume}'))`,
      'a container has a variable of its own by the name of a secret',
    ],
    [
      `object.spec.containers.all(c, !has(c.volumeMounts) || c.volumeMounts.all(m, m.name == '${names.secretsVolume}'
|| !((m.mountPath + '/').startsWith('${folder}') || '${folder}'.startsWith(m.mountPath + '/'))))`,
      `a container has a mount of its own on, above or below ${mountPath}`,
    ],
  ]
  return {
    name: 'problems',
    expression: checks.map(([holds, sentence]) => `(${holds}\n? [] : ['${sentence}'])`).join('\n+ '),
  }
}
