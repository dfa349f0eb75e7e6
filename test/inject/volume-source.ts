import t from 'tap'
import type { Volume } from '../../src/inject/pod.ts'
import { sourceOf } from '../../src/inject/volume-source.ts'

t.test('says where the files of a volume come from', async t => {
  const said: readonly (readonly [Omit<Volume, 'name'>, string])[] = [
    [{ emptyDir: { medium: 'Memory', sizeLimit: '8Mi' } }, 'in memory, up to 8Mi'],
    [{ emptyDir: {} }, 'on disk'],
    [{ configMap: { name: 'c' } }, 'ConfigMap c'],
    [{ secret: { secretName: 's' } }, 'Secret s'],
    [
      { projected: { sources: [{ serviceAccountToken: { path: 't', audience: 'vault' } }] } },
      'service account token for vault',
    ],
    [{ projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }, 'service account token'],
    [{ projected: { sources: [{ configMap: {} }] } }, 'projected'],
    [{ projected: {} }, 'projected'],
    [{ hostPath: { path: '/x' } }, 'hostPath'],
  ]
  for (const [volume, words] of said) t.equal(sourceOf({ name: 'v', ...volume }), words)
})
