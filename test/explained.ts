// What `podvault explain` says of every case, beside its pod; and that uninject undoes each injection.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { readManifest, textOf } from '../src/cli/documents.ts'
import { reportOn } from '../src/cli/explain-report.ts'
import { reportText } from '../src/cli/explain-text.ts'
import { explainWorkload } from '../src/cli/explain-workload.ts'
import { injectManifest, uninjectManifest } from '../src/cli/manifests.ts'
import { knownTemplates, workloadsOf } from '../src/cli/workloads.ts'
import { cases } from './fixtures/cases.ts'
import { matchesGolden } from './fixtures/golden.ts'

const finder = { namespace: 'default', templates: knownTemplates }

for (const { folder, settings } of cases()) {
  const manifest = readManifest(readFileSync(`${folder}/pod.yaml`, 'utf8'), folder)

  t.test(`the pod of ${folder} is explained`, async t => {
    const reports = manifest.documents.flatMap(({ value }) =>
      workloadsOf(value, finder).map(workload => reportOn(workload, explainWorkload(workload, value, settings))),
    )
    t.equal(reports.length, 1)
    matchesGolden(t, `${folder}/explain.txt`, reports.map(report => reportText(report, false)).join('\n'))
  })

  t.test(`the manifest of ${folder} comes back to the byte`, async t => {
    const injected = injectManifest(manifest, finder, settings)
    if (injected.judged.every(({ verdict }) => verdict.kind !== 'inject')) return
    const read = readManifest(textOf(injected.manifest), folder)
    t.equal(textOf(uninjectManifest(read, finder).manifest), textOf(manifest))
  })
}
