// What lint cannot do without: reads the files of a folder, and makes plain values of them with the package yaml as it comes.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

const [folder = '.'] = process.argv.slice(2)
for (const file of readdirSync(folder)) {
  for (const document of parseAllDocuments(readFileSync(join(folder, file), 'utf8'))) document.toJS()
}
