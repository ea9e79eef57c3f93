import type { ActionName } from './actions.ts'
import type { Application } from './manifest.ts'

/** `without`: a namespace that has not opted in. The others have; in the last three one remedy is switched off. */
export const variants = ['without', 'with', 'no-probe', 'no-sleep', 'no-budget'] as const
export type Variant = (typeof variants)[number]

export interface Case {
  readonly id: string
  readonly title: string
  readonly application: Application
  readonly keepAlive?: boolean
  readonly action: ActionName
  /** In the order in which they are first measured. By default `without` and `with`. */
  readonly variants?: readonly Variant[]
  /** Of which nothing is promised: they are measured to see what they give. */
  readonly open?: readonly Variant[]
  /** What `with` may fail where the application, or a single replica, leaves nothing else. */
  readonly allows?: { readonly share: number; readonly because: string }
  /** What the short form measures of it. */
  readonly short?: readonly Variant[]
}

/** What the client sends in every case. */
export const requestsPerSecond = 200

const slow: Application = { replicas: 3, startSeconds: 2 }
const fast: Application = { replicas: 3, startSeconds: 0 }
const slower: Application = { replicas: 3, startSeconds: 10 }

export const cases: readonly Case[] = [
  {
    id: 'restart-slow',
    title: 'rolling restart, listens after 2 s',
    application: slow,
    action: 'restart',
    variants: ['without', 'with', 'no-probe', 'no-sleep'],
    short: ['without', 'with', 'no-probe']
  },
  {
    id: 'restart-fast',
    title: 'rolling restart, listens at once',
    application: fast,
    action: 'restart',
    variants: ['without', 'with', 'no-sleep'],
    short: ['no-sleep']
  },
  { id: 'image-slow', title: 'new image, listens after 2 s', application: slow, action: 'image' },
  {
    id: 'restart-graceful',
    title: 'rolling restart, stops gracefully',
    application: { ...slow, graceful: true },
    action: 'restart',
    variants: ['without', 'with', 'no-sleep'],
    open: ['no-sleep']
  },
  {
    id: 'kept-graceful',
    title: 'rolling restart, kept connections, stops gracefully',
    application: { ...slow, graceful: true },
    keepAlive: true,
    action: 'restart',
    variants: ['without', 'with', 'no-sleep'],
    open: ['no-sleep']
  },
  {
    id: 'kept-naive',
    title: 'rolling restart, kept connections, ends at once',
    application: slow,
    keepAlive: true,
    action: 'restart',
    allows: { share: 0.01, because: 'it ends with requests in hand and connections open' }
  },
  { id: 'drain-slow', title: 'drain, listens after 2 s', application: slow, action: 'drain', short: ['with'] },
  {
    id: 'drain-slower',
    title: 'drain, listens after 10 s',
    application: slower,
    action: 'drain',
    variants: ['without', 'with', 'no-budget']
  },
  {
    id: 'liveness',
    title: 'liveness fails in one pod, listens after 2 s',
    application: { ...slow, liveness: true },
    action: 'sicken'
  },
  {
    id: 'scale-in',
    title: 'scaled in from 5 to 2',
    application: { ...fast, replicas: 5 },
    action: 'scale-in'
  },
  {
    id: 'single-restart',
    title: 'one replica, rolling restart, listens after 2 s',
    application: { ...slow, replicas: 1 },
    action: 'restart'
  },
  {
    id: 'single-drain',
    title: 'one replica, drain, listens after 2 s',
    application: { ...slow, replicas: 1 },
    action: 'drain',
    allows: { share: 0.3, because: 'nothing serves until the next pod does' }
  }
]
