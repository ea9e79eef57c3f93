// Bundles the program into one file, `dist/holdfast.js` or as given. Of the client library only what is used is loaded then: 60 MB less.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import { programBundle } from './bundle.ts'

const [outfile = 'dist/holdfast.js'] = process.argv.slice(2)
// Who starts at the same moment must not read half of it.
const draft = `${outfile}.${process.pid}`

await build({ ...programBundle, entryPoints: ['src/main.ts'], outfile: draft })
// esbuild leaves letters beyond ASCII in licence comments. With one of them, V8 keeps the whole text at two bytes a letter: 5 MB more.
writeFileSync(draft, readFileSync(draft, 'utf8').replaceAll(/[^\0-\x7f]/g, escapeUnit))
renameSync(draft, outfile)

function escapeUnit(unit: string): string {
  return String.raw`\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
