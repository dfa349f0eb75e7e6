import { accessSync, cpSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { build } from 'esbuild'
import type { BuildOptions, Plugin } from 'esbuild'
import { rememberCode } from './code-cache.ts'
import { componentOf, sbom } from './sbom.ts'
import { licences, type Package, packagesIn } from './third-party.ts'

const common: BuildOptions = {
  outdir: 'dist/app',
  platform: 'node',
  target: 'node24',
  bundle: true,
  minifySyntax: true,
  minifyWhitespace: true,
  // The licences of all of it are in one file.
  legalComments: 'none',
  metafile: true,
  // The names of the chunks have the paths of their sources in them, which shall not lead out of this folder.
  preserveSymlinks: true,
  logLevel: 'warning',
}

/**
 * Bundles podvault into dist/app: one folder to copy, nothing to install beside it. `podvault.cjs` is where it starts.
 * @returns the libraries that are in it
 */
export const bundle = async (): Promise<readonly Package[]> => {
  // esbuild finds it of itself, and goes on without it where it is not there: our code would not be strict any more.
  accessSync('tsconfig.json')
  rmSync('dist/app', { recursive: true, force: true })
  const built = await Promise.all([everything(), agent(), handed()])
  const packages = packagesIn(built.flatMap(({ metafile }) => Object.keys(metafile?.inputs ?? {})))
  writeFileSync('dist/app/THIRD-PARTY-LICENSES.txt', licences(packages))
  writeFileSync('dist/app/sbom.cdx.json', sbom(packages.map(componentOf)))
  cpSync('scripts/launcher/podvault.cjs', 'dist/app/podvault.cjs')
  cpSync('LICENSE', 'dist/app/LICENSE')
  // Where the demo looks for it, beside the program's folder as in a checkout.
  cpSync('docs/example.yaml', 'dist/docs/example.yaml')
  // `podvault manifests` renders it, also inside the image.
  cpSync('webhook-config/chart', 'dist/app/chart', { recursive: true })
  await rememberCode()
  return packages
}

/** All commands; each loads only its own chunks. */
const everything = async () =>
  build({
    ...common,
    entryPoints: { podvault: 'src/main.ts' },
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    splitting: true,
    // Some libraries are CommonJS and ask for node's own modules with require.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  })

/** What few pods need is a file of its own beside the agent: secrets files in YAML, templates, metrics, events of Vault. */
const apart = {
  yaml: 'src/inject/yaml-secrets-file.ts',
  template: 'src/template/file-template.ts',
  metrics: 'src/agent/metrics-server.ts',
  instant: 'src/agent/instant.ts',
}

const fewNeedIt: Plugin = {
  name: 'few-need-it',
  setup: bundler => {
    for (const [name, file] of Object.entries(apart))
      bundler.onResolve({ filter: new RegExp(`/${basename(file)}$`) }, ({ kind }) =>
        kind === 'entry-point' ? undefined : { path: `./${name}.cjs`, external: true },
      )
  },
}

/**
 * The commands that run in every pod, once more as one CommonJS file. Node's loader for ES modules costs a resident agent
 * 10 MB and its start 90 ms, so it must not even be asked for one of Node's own modules.
 */
const agent = async () =>
  build({
    ...common,
    entryPoints: { agent: 'src/main.ts', ...apart },
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    minify: true,
    supported: { 'dynamic-import': false },
    external: ['./webhook/*', './cli/*'],
    // ws looks for native helpers that are not there.
    define: { 'process.env.WS_NO_BUFFER_UTIL': '"1"', 'process.env.WS_NO_UTF_8_VALIDATE': '"1"' },
    plugins: [fewNeedIt],
  })

/**
 * The commands that stand before an app's own entry point, and so before its start, in the same way: as one file, which
 * shares no code with the agent's, because a pod shall not load what only they need.
 */
const handed = async () =>
  build({
    ...common,
    entryPoints: { exec: 'src/main.ts' },
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    minify: true,
    supported: { 'dynamic-import': false },
    plugins: [fewNeedIt, onlyHanded],
  })

const handedCommands = ['exec', 'render']

const onlyHanded: Plugin = {
  name: 'only-handed',
  setup: bundler => {
    bundler.onResolve({ filter: /^\.\/(?:agent|cli|webhook)\// }, ({ path }) =>
      handedCommands.some(name => path === `./cli/${name}.ts`) ? undefined : { path, external: true },
    )
  },
}
