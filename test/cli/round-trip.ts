import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { parse } from 'yaml'
import { readManifest, textOf } from '../../src/cli/documents.ts'
import { injectManifest, uninjectManifest } from '../../src/cli/manifests.ts'
import { knownTemplates } from '../../src/cli/workloads.ts'
import { settings } from '../fixtures/pods.ts'

// Each run reads a manifest some twenty times.
t.setTimeout(300_000)

const finder = { namespace: 'default', templates: knownTemplates }

t.test('inject and uninject together change not a byte, however a manifest is laid out', async () => {
  const some = <T>(...values: readonly T[]) => fc.constantFrom(...values)
  const list = (label: string, item: string) =>
    some(
      '',
      `${label}:\n`,
      `${label}:   # none\n`,
      `${label}: []\n`,
      `${label}: [ ] # none\n`,
      `${label}: [{name: ${item}, mountPath: /${item}}]\n`,
      `${label}: [\n  {name: ${item}, mountPath: /${item}}, # one\n]\n`,
      `${label}:\n- name: ${item} # one\n  mountPath: /${item}\n# behind\n`,
      `${label}:\n  # above\n  - {name: ${item}, mountPath: /${item}}\n\n`,
      `${label}:\n- mountPath: /${item}\n  name: ${item}\n- name: ${item}2\n  # odd\n  mountPath: |\n    /${item}2\n`,
    )
  const indent = (text: string, by: string) => text.replaceAll(/^(?=[^\n])/gm, by)
  const container = (name: string) =>
    fc
      .tuple(list('env', 'a'), list('volumeMounts', 'm'), some('', 'args: [x,  y]\n', '# last\n'))
      .map(([env, mounts, rest]) => `- name: ${name} # ${name}\n${indent(`image: x\n${env}${mounts}${rest}`, '  ')}`)
  const block = fc
    .tuple(
      container('app'),
      container('web'),
      fc.oneof(
        container('migrate').map(text => `initContainers:\n${text}`),
        some('', 'initContainers: []\n'),
      ),
      list('volumes', 'v'),
      some('podvault.dev/renew: "false"\n', 'podvault.dev/init-containers: all\n', ''),
    )
    .map(
      ([app, web, init, volumes, more]) =>
        `metadata:\n  annotations:\n${indent(
          `podvault.dev/inject: "true"\npodvault.dev/role: r\npodvault.dev/secrets: A1=b#c\n${more}`,
          '    ',
        )}spec:\n${indent(`${init}containers:\n${app}${web}${volumes}`, '  ')}`,
    )
  const flow = fc
    .tuple(block, some<string | number | undefined>(undefined, 2, '\t'))
    .map(([text, space]) => `${JSON.stringify({ apiVersion: 'v1', kind: 'Pod', ...parse(text) }, null, space)}\n`)
  const pod = fc.oneof(
    block.map(text => `apiVersion: v1\nkind: Pod\n${text}`),
    block.map(
      text =>
        `kind: Deployment\napiVersion: apps/v1\nspec:\n  replicas: 1\n  template:\n${indent(text, '    ')}# end\n`,
    ),
    flow,
  )
  const file = fc
    .tuple(
      some('', '---\n', '# head\n---\n', 'kind: Service\n---\n'),
      pod,
      some('', '\n', '---\n', '---\n# two\nkind: Service\n', '...\n'),
      fc.boolean(),
    )
    .map(([head, one, tail, crlf]) => {
      const text = head + one + tail
      return (crlf ? text.replaceAll('\n', '\r\n') : text).replace(tail === '' ? /\s+$/ : /$/, '')
    })
  fc.assert(
    fc.property(file, text => {
      const injected = injectManifest(readManifest(text, 'x'), finder, settings)
      assert.deepEqual(
        injected.judged.map(({ verdict }) => verdict.kind),
        ['inject'],
      )
      const back = uninjectManifest(readManifest(textOf(injected.manifest), 'x'), finder)
      assert.equal(textOf(back.manifest), text)
    }),
    { numRuns: 1000 },
  )
})
