import * as fc from 'fast-check'
import t from 'tap'
import * as keyrings from '../../src/certificates/keyring.ts'
import type { Issued, Keyring } from '../../src/certificates/keyring.ts'
import { type Action, dueAt, nextAction } from '../../src/certificates/next-action.ts'
import { World } from './world.ts'

const start = Date.UTC(2027, 0, 1)
const overlapMs = 20_000
const minute = 60_000

function issued(name: string, issuedAt: number, lifeMs: number): Issued {
  return { certificate: `${name}\n`, key: '', issuedAt, notAfter: issuedAt + lifeMs }
}

const authority = { ...issued('ca', start, 10 * minute), leavesUntil: start + minute }
const serving = issued('leaf', start, minute)
const settled: Keyring = { ...keyrings.emptyKeyring, authority, serving }
const usual = { now: start, overlapMs, bundled: 'yes', rotationRequested: false } as const

function action(keyring: Keyring, observed: Partial<Parameters<typeof nextAction>[1]> = {}): Action {
  return nextAction(Object.freeze(keyring), { ...usual, ...observed })
}

void t.test('where nothing is kept an authority is made, and signs at once', (test) => {
  test.strictSame(action(keyrings.emptyKeyring, { bundled: 'no' }), { do: 'introduce' })
  const introduced = keyrings.introduce(keyrings.emptyKeyring, issued('ca', start, 10 * minute))
  test.strictSame(action(introduced, { bundled: 'no' }), { do: 'heal' })
  test.strictSame(action(introduced, { bundled: 'refused' }), { do: 'promote' }, 'nobody takes what is served anyway')
  const promoted = keyrings.promote(introduced, serving, { now: start, overlapMs })
  test.strictSame(promoted, settled)
  test.equal(action(promoted).do, 'wait')
  test.end()
})

void t.test('what is served is renewed at two thirds of its life, or a little earlier', (test) => {
  const due = dueAt(serving)
  test.ok(due <= start + 40_000 && due >= start + 36_000)
  test.strictSame(action(settled), { do: 'wait', until: due })
  test.strictSame(action(settled, { now: Math.ceil(due) }), { do: 'renew' })
  test.strictSame(
    action(settled, { now: Math.ceil(due), bundled: 'refused' }),
    { do: 'renew' },
    'whatever is in the bundles'
  )
  test.strictSame(action({ ...settled, serving: undefined }), { do: 'renew' })
  test.end()
})

void t.test('a certificate that lasts as long as its authority is not renewed, however short its life is', (test) => {
  const last = { ...settled, authority: { ...authority, leavesUntil: start + 10 * minute } }
  const brief = issued('leaf', start + 9.9 * minute, 0.1 * minute)
  const next = { ...issued('next', start + 9 * minute, 10 * minute), trustedSince: start + 9.9 * minute }
  const now = start + 9.99 * minute
  test.strictSame(action({ ...last, serving: brief, next }, { now }), {
    do: 'wait',
    until: start + 9.9 * minute + overlapMs
  })
  test.end()
})

void t.test(
  'an authority makes way at two thirds of its life: named, trusted for a while, and then in charge',
  (test) => {
    const now = Math.ceil(dueAt(authority))
    const late = { ...settled, serving: issued('leaf', now, minute) }
    const old = { ...late, authority: { ...authority, leavesUntil: now + minute } }
    test.strictSame(action(old, { now }), { do: 'introduce' })
    const introduced = keyrings.introduce(old, issued('next', now, 10 * minute))
    test.equal(keyrings.bundleOf(introduced), 'ca\nnext\n')
    test.strictSame(action(introduced, { now, bundled: 'no' }), { do: 'heal' })
    test.equal(action(introduced, { now, bundled: 'refused' }).do, 'wait', 'as long as somebody may not trust it')
    test.strictSame(action(introduced, { now }), { do: 'trust' })
    const trusted = keyrings.trust(introduced, now)
    test.strictSame(action(trusted, { now }), { do: 'wait', until: now + overlapMs })
    const after = now + overlapMs
    for (const bundled of ['no', 'refused'] as const)
      test.strictSame(
        action(trusted, { now: after, bundled }),
        { do: 'distrust' },
        'where it was taken out, all begins anew'
      )
    test.strictSame(keyrings.trust(trusted, undefined), introduced)
    test.strictSame(action(trusted, { now: now - 1 }), { do: 'trust' }, 'anew where the clock went back')
    test.strictSame(action(trusted, { now: after }), { do: 'promote' })
    const promoted = keyrings.promote(trusted, issued('leaf', after, minute), { now: after, overlapMs })
    test.equal(promoted.authority?.certificate, 'next\n')
    test.strictSame(promoted.former, [{ certificate: 'ca\n', until: now + minute }], 'for as long as it is served')
    test.equal(keyrings.bundleOf(promoted), keyrings.bundleOf(trusted), 'to the letter what it was')
    test.equal(action(promoted, { now: now + minute - 1 }).do, 'renew')
    const renewed = keyrings.renew(promoted, issued('leaf', now + minute, minute))
    test.strictSame(action(renewed, { now: now + minute }), { do: 'forget' })
    test.equal(keyrings.bundleOf(keyrings.forget(renewed, now + minute)), 'next\n')
    test.end()
  }
)

void t.test('whoever asks for another authority gets one, however young the present one is', (test) => {
  test.strictSame(action(settled, { rotationRequested: true }), { do: 'introduce' })
  test.strictSame(
    action(settled, { rotationRequested: true, bundled: 'no' }),
    { do: 'heal' },
    'once what is there is trusted'
  )
  const introduced = keyrings.introduce(settled, issued('next', start, 10 * minute))
  test.strictSame(
    action(introduced, { rotationRequested: true }),
    { do: 'introduce' },
    'and one that nobody knew of before'
  )
  const trusted = keyrings.trust(introduced, start)
  test.strictSame(action(trusted, { rotationRequested: true, bundled: 'refused' }), { do: 'distrust' })
  test.end()
})

void t.test('authorities of which nothing else is known are trusted on, until a while after ours signs', (test) => {
  const made = issued('ca', start, 10 * minute)
  const introduced = keyrings.introduce(keyrings.withTrusted(keyrings.emptyKeyring, ['old\n', 'older\n']), made)
  test.equal(keyrings.bundleOf(introduced), 'ca\nold\nolder\n')
  test.strictSame(action(introduced), { do: 'trust' }, 'they may have signed what is served')
  const promoted = keyrings.promote(introduced, serving, { now: start, overlapMs })
  test.strictSame(promoted.former, [
    { certificate: 'old\n', until: start + overlapMs },
    { certificate: 'older\n', until: start + overlapMs }
  ])
  test.strictSame(keyrings.withTrusted(introduced, ['old\n', 'ca\n']).former, introduced.former, 'each once')
  test.end()
})

void t.test('what a clock made that was far ahead is made again', (test) => {
  const ahead = { ...settled, serving: issued('leaf', start + 6 * minute, minute) }
  test.strictSame(action(ahead), { do: 'renew' })
  test.equal(action({ ...settled, serving: issued('leaf', start + 4 * minute, minute) }).do, 'wait', 'clocks differ')
  const made = { ...authority, issuedAt: start + 6 * minute }
  test.strictSame(action({ ...settled, authority: made }), { do: 'introduce' })
  const next = { ...issued('next', start - 20 * minute, 10 * minute), trustedSince: undefined }
  test.strictSame(action({ ...settled, next }), { do: 'introduce' }, 'and one that waited until it was old')
  test.end()
})

void t.test('after a time away in which everything expired, nothing is waited for', (test) => {
  const now = start + 60 * minute
  test.strictSame(action(settled, { now }), { do: 'introduce' })
  const introduced = keyrings.introduce(settled, issued('next', now, 10 * minute))
  test.strictSame(action(introduced, { now, bundled: 'refused' }), { do: 'promote' })
  test.end()
})

const happening = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ what: fc.constant('look' as const), afterMs: fc.integer({ min: 0, max: 30_000 }) })
  },
  { weight: 2, arbitrary: fc.constant({ what: 'wait' as const, afterMs: 0 }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('tamper' as const), afterMs: fc.nat(20_000) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('ask' as const), afterMs: fc.nat(20_000) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('refuse' as const), afterMs: fc.nat(90_000) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('crash' as const), afterMs: fc.nat(40_000) }) }
)

void t.test('at no moment is something served that an API server does not trust', (test) => {
  let promotions = 0
  fc.assert(
    fc.property(fc.array(happening, { minLength: 20, maxLength: 120 }), (happenings) => {
      const world = new World({ now: start, overlapMs, authorityMs: 3 * minute, servingMs: minute })
      for (const { what, afterMs } of happenings) {
        world.pass(afterMs)
        if (what === 'tamper') world.tamper()
        else if (what === 'ask') world.ask()
        else if (what === 'refuse') world.look({ refused: true })
        else if (what === 'crash') world.look({ steps: 1 })
        else if (what === 'wait') world.waitAndLook()
        else world.look()
        world.expectTrust()
      }
      promotions += world.promotions
    }),
    { numRuns: 300 }
  )
  test.ok(promotions > 1000, `${promotions} authorities came into charge`)
  test.end()
})
