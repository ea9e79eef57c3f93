// Bundles the program into one file, `dist/holdfast.js` or as given. Of the client library only what is used is loaded then: 60 MB less.
import { renameSync } from 'node:fs'
import { build } from 'esbuild'

// Packages that are CommonJS inside an ES module still call require() for what Node itself brings.
const requireOfNode = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

const [outfile = 'dist/holdfast.js'] = process.argv.slice(2)
// Who starts at the same moment must not read half of it.
const draft = `${outfile}.${process.pid}`

await build({
  entryPoints: ['src/main.ts'],
  outfile: draft,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'eof',
  banner: { js: requireOfNode },
  logLevel: 'warning'
})
renameSync(draft, outfile)
