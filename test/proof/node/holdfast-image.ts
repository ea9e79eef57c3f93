import { join } from 'node:path'
import manifest from '../../../package.json' with { type: 'json' }
import { lastOf, pairsOf } from '../../support/dockerfile.ts'
import { assemble } from '../../support/image.ts'
import { packImage } from './image.ts'

/** The last stage of the Dockerfile, as an archive under the name that the chart gives to it. */
export function buildHoldfastImage(folder: string): string {
  const root = join(folder, 'holdfast')
  const { stage } = assemble(root)
  const archive = join(folder, 'holdfast.tar')
  packImage(
    {
      names: [`holdfast:${manifest.version}`],
      root,
      entrypoint: JSON.parse(lastOf(stage, 'ENTRYPOINT')) as string[],
      user: lastOf(stage, 'USER'),
      environment: Object.entries(pairsOf(stage, 'ENV')).map(([name, value]) => `${name}=${value}`)
    },
    archive
  )
  return archive
}
