import * as keyrings from '../../src/certificates/keyring.ts'
import { type Issued, type Keyring, servesBesides } from '../../src/certificates/keyring.ts'
import { type Action, nextAction } from '../../src/certificates/next-action.ts'

interface Settings {
  now: number
  overlapMs: number
  authorityMs: number
  servingMs: number
}

/** A certificate that was in the Secret once: some replica may serve it to its end. */
interface Leaf {
  authority: string
  notAfter: number
}

/** What a bundle said from some time on. */
interface Version {
  since: number
  bundle: string
  /** Written by somebody else. */
  foreign: boolean
}

/** A cluster around `nextAction`: its API servers know a bundle at the latest `overlapMs` after it was written, its replicas may lag for ever. */
export class World {
  keyring: Keyring = keyrings.emptyKeyring
  promotions = 0
  readonly #settings: Settings
  readonly #leaves: Leaf[] = []
  readonly #versions: Version[] = [{ since: -Infinity, bundle: '', foreign: true }]
  #now: number
  #rotationRequested = false
  #made = 0

  constructor(settings: Settings) {
    this.#settings = settings
    this.#now = settings.now
  }

  pass(milliseconds: number): void {
    this.#now += milliseconds
  }

  tamper(): void {
    this.#versions.push({ since: this.#now, bundle: 'foreign\n', foreign: true })
  }

  ask(): void {
    this.#rotationRequested = true
  }

  /** What the controller does when it looks: heal, and take steps until there is nothing to do, or until it is killed. */
  look({ refused = false, steps = 20 }: { refused?: boolean; steps?: number } = {}): number {
    for (let left = steps; left > 0; left--) {
      const isRight = this.#versions.at(-1)?.bundle === keyrings.bundleOf(this.keyring)
      const bundled = isRight ? 'yes' : refused ? 'refused' : 'no'
      const observed = {
        now: this.#now,
        overlapMs: this.#settings.overlapMs,
        bundled,
        rotationRequested: this.#rotationRequested
      } as const
      const action = nextAction(this.keyring, observed)
      if (action.do === 'wait') return action.until
      this.#carryOut(action.do)
    }
    if (steps > 1) throw new Error('it does not come to rest')
    return this.#now
  }

  waitAndLook(): void {
    const until = this.look()
    if (until <= this.#now) throw new Error('it waits for what is over')
    if (until !== Infinity) this.#now = Math.ceil(until)
    this.look()
  }

  /** Throws where a replica may serve what an API server may not trust, unless somebody else wrote that bundle. */
  expectTrust(): void {
    for (const version of this.#known()) {
      if (!version.foreign) this.#expectIn(version)
    }
  }

  #expectIn({ bundle }: Version): void {
    const astray = this.#leaves.find(({ authority, notAfter }) => notAfter > this.#now && !bundle.includes(authority))
    if (astray !== undefined)
      throw new Error(`${JSON.stringify(bundle)} is without ${JSON.stringify(astray.authority)}`)
  }

  /** What some API server may go by now. */
  #known(): readonly Version[] {
    const since = this.#now - this.#settings.overlapMs
    return this.#versions.filter((_, index) => (this.#versions[index + 1]?.since ?? Infinity) > since)
  }

  #heal(): void {
    this.#versions.push({ since: this.#now, bundle: keyrings.bundleOf(this.keyring), foreign: false })
  }

  #issue(name: string, lifeMs: number, latest = Infinity): Issued {
    this.#made += 1
    const notAfter = Math.min(this.#now + lifeMs, latest)
    return { certificate: `${name}-${this.#made};\n`, key: '', issuedAt: this.#now, notAfter }
  }

  #serve(signer: Issued): Issued {
    const serving = this.#issue('leaf', this.#settings.servingMs, signer.notAfter)
    this.#leaves.push({ authority: signer.certificate, notAfter: serving.notAfter })
    return serving
  }

  #carryOut(what: Exclude<Action['do'], 'wait'>): void {
    const { keyring } = this
    const { overlapMs, authorityMs } = this.#settings
    if (what === 'introduce') {
      this.keyring = keyrings.introduce(keyring, this.#issue('ca', authorityMs))
      this.#rotationRequested = false
    }
    if (what === 'heal') this.#heal()
    if (what === 'distrust') this.keyring = keyrings.trust(keyring, undefined)
    if (what === 'trust') this.keyring = keyrings.trust(keyring, this.#now)
    if (what === 'forget') this.keyring = keyrings.forget(keyring, this.#now)
    if (what === 'renew' && keyring.authority !== undefined)
      this.keyring = keyrings.renew(keyring, this.#serve(keyring.authority))
    if (what === 'promote' && keyring.next !== undefined) this.#promote(keyring.next, overlapMs)
  }

  /** Also of bundles that somebody else wrote: they are waited out. */
  #promote(next: Issued, overlapMs: number): void {
    const hurried = !servesBesides(this.keyring, this.#now)
    this.keyring = keyrings.promote(this.keyring, this.#serve(next), { now: this.#now, overlapMs })
    this.promotions += 1
    // Nothing that is served was trusted before, so nothing is lost; what API servers knew until now does not count.
    if (hurried) for (const version of this.#versions) version.foreign = true
    else for (const { bundle } of this.#known()) if (!bundle.includes(next.certificate)) throw new Error('too early')
  }
}
