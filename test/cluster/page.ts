import { readFileSync } from 'node:fs'

/**
 * The named blocks of a page, as people would copy them: ```yaml name=deployment. A test that reads its manifests and
 * commands from there proves the page.
 * @param words of the page that are others on this cluster
 */
export const blocksOf = (path: string, words: Readonly<Record<string, string>>): ((name: string) => string) => {
  const blocks = new Map(
    Array.from(
      readFileSync(path, 'utf8').matchAll(/^```\w+ name=(\S+)\n(.*?)^```$/gms),
      ([, name = '', text = '']) => [name, text] as const,
    ),
  )
  return name => {
    const text = blocks.get(name)
    if (text === undefined) throw new Error(`${path} has no block ${name}`)
    return Object.entries(words).reduce((given, [word, other]) => given.replaceAll(word, other), text)
  }
}
