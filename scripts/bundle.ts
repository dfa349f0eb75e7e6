import { rmSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import type { BuildOptions } from 'esbuild'

const common: BuildOptions = {
  outdir: 'dist/app',
  platform: 'node',
  target: 'node24',
  bundle: true,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'linked',
  logLevel: 'warning',
}

/** Bundles podvault into dist/app: one folder to copy, nothing to install beside it. `podvault.cjs` is where it starts. */
export const bundle = async (): Promise<void> => {
  rmSync('dist/app', { recursive: true, force: true })
  await Promise.all([everything(), agent()])
  writeFileSync('dist/app/podvault.cjs', launcher)
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

/** The commands that run in every pod, once more as CommonJS: Node's loader for modules costs a resident agent 14 MB. */
const agent = async () =>
  build({
    ...common,
    entryPoints: { agent: 'src/main.ts' },
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    external: ['./webhook/*', './cli/*'],
  })

const launcher = "['login', 'renew'].includes(process.argv[2]) ? require('./agent.cjs') : import('./podvault.mjs')\n"
