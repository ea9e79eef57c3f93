import { fileURLToPath } from 'node:url'
import type { BuildOptions } from 'esbuild'
import { policyPages } from './policy-pages.ts'

/** How code becomes a bundle that Node runs as ES modules. */
export const bundle = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  // Packages that are CommonJS inside an ES module still call require() for what Node itself brings.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);"
  },
  logLevel: 'warning'
} satisfies BuildOptions

/** How the program is bundled, wherever it goes. */
export const programBundle = {
  ...bundle,
  // The build of yaml for Node asks the environment about each token whether to log it: a sixth of the time of lint. That for browsers does not.
  alias: { yaml: fileURLToPath(new URL('../node_modules/yaml/browser/index.js', import.meta.url)) },
  target: 'node22',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'eof',
  plugins: [policyPages]
} satisfies BuildOptions
