import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'

const folder = join(import.meta.dirname, '../docs/policies')

/** Puts the pages of all policies into a bundle, for `holdfast explain`. */
export const policyPages: Plugin = {
  name: 'policy-pages',
  setup(build) {
    build.onLoad({ filter: /\/src\/commands\/policy-page\.ts$/ }, () => {
      const contents = `const pages = ${JSON.stringify(pages())}; export const pageOf = (policy) => pages[policy]`
      return { contents, loader: 'js' }
    })
  }
}

function pages(): Readonly<Record<string, string>> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.md') && file !== 'README.md')
  return Object.fromEntries(
    files.map((file) => [file.slice(0, -'.md'.length), readFileSync(join(folder, file), 'utf8')])
  )
}
