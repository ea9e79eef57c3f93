import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { createGzip } from 'node:zlib'
import type { Policy } from '../../engine/policy.ts'
import { htmlPieces } from '../../report/html.ts'
import type { Report } from '../../report/report.ts'
import type { PageAnswer } from '../../server/health.ts'

export interface PageOptions {
  policies: readonly Policy[]
  /** Whether this process scans. Of several controllers, only the leader does. */
  leading: () => boolean
  /** Where those who ask another controller find the leader: `holdfast-system/holdfast-controller`. */
  lease: string
}

/**
 * The page of the last scan. It is made once, when a scan ends, and kept compressed: whoever asks for it makes no work, and takes no
 * memory that grows with the cluster.
 */
export class Page {
  readonly #options: PageOptions
  readonly #titles: ReadonlyMap<string, string>
  #last: { compressed: Buffer; at: Date } | undefined

  constructor(options: PageOptions) {
    this.#options = options
    this.#titles = new Map(options.policies.map(({ id, title }) => [id, title]))
  }

  /** `endedAt` in milliseconds since the epoch. */
  async show(report: Report, endedAt: number): Promise<void> {
    const at = new Date(endedAt)
    const note = `Scanned in the background, as of ${at.toISOString().slice(0, 16).replace('T', ' ')} UTC.`
    const pieces = htmlPieces(report, { colour: false, note, title: (policy) => this.#titles.get(policy) ?? policy })
    this.#last = { compressed: await buffer(Readable.from(pieces).pipe(createGzip())), at }
  }

  answer(): PageAnswer {
    const { leading, lease } = this.#options
    if (!leading())
      return {
        missing: `this controller does not lead, so it does not scan; the Lease ${lease} names the one that does`
      }
    return this.#last ?? { missing: 'no scan has ended yet' }
  }
}
