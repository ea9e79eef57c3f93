import { setValueAt, type Token, valueAt } from '../../src/kube/json.ts'

/** The part of a finding by which a person mends an object. */
export interface Said {
  policy: string
  field: string
  problem: string
  fix: string
}

interface Spot {
  object: object
  /** Where the field of the finding leads. */
  place: readonly Token[]
  field: string
  problem: string
}

type Named = Record<string, unknown>

/** Mends a copy of an object, in place. The match is of the text of the fix. */
type Fixer = (spot: Spot, match: RegExpExecArray) => void

/** What the fixes tell to do, where that can be done without a person's mind. The first that matches counts. */
const fixers: readonly [RegExp, Fixer][] = [
  [/^use Recreate$/, ({ object }) => set(object, ['spec', 'strategy'], { type: 'Recreate' })],
  [/^use RollingUpdate/, ({ object, place }) => set(object, place.slice(0, -1), { type: 'RollingUpdate' })],
  [
    /set it to 0, and (maxSurge|maxUnavailable) to 1$/,
    ({ object, place }, [, other = '']) => {
      set(object, place, 0)
      set(object, [...place.slice(0, -1), other], 1)
    }
  ],
  [
    /^set maxUnavailable to 1$/,
    ({ object }) => set(object, ['spec', 'strategy', 'rollingUpdate', 'maxUnavailable'], 1)
  ],
  [/^use ScheduleAnyway$/, ({ object, place }) => set(object, [...place, 'whenUnsatisfiable'], 'ScheduleAnyway')],
  [/^set nodeTaintsPolicy: Honor$/, ({ object, place }) => set(object, [...place, 'nodeTaintsPolicy'], 'Honor')],
  [/^use preferred anti-affinity$/, preferApart],
  [
    /^set failureThreshold to (\d+)/,
    ({ object, place }, [, to]) => set(object, [...place, 'failureThreshold'], Number(to))
  ],
  [/^use a liveness endpoint$/, ({ object, place }) => set(object, place, '/alive')],
  [
    /^add sleep: \{seconds: (\d+)\}(?: and a grace period of (\d+) s)?$/,
    ({ object, place }, [, seconds, grace]) => {
      set(object, place, { sleep: { seconds: Number(seconds) } })
      if (grace !== undefined) set(object, besidesContainers(place, 'terminationGracePeriodSeconds'), Number(grace))
    }
  ],
  [/^use a startupProbe instead/, startFirst],
  [/^add one$/, ({ object, place }) => set(object, place, { httpGet: { path: '/made-ready', port: 8080 } })],
  [/^name a port that it declares$/, ({ object, place }) => set(object, place, 8080)],
  [/^(?:run it by sh -c|use \$\S+ in a shell)$/, ({ object, place }) => set(object, place, ['sh', '-c', 'check'])],
  [/^set it to (\d+%|\d+|Retain)(?: or more|$)/, setTo],
  [/^leave it out(?:,|$)/, ({ object, place }) => set(object, place, undefined)]
]

/** A copy of an object with a finding mended as its fix has it; undefined where that takes a person. */
export function mended(object: unknown, { field, problem, fix }: Said): object | undefined {
  for (const [pattern, apply] of fixers) {
    const match = pattern.exec(fix)
    if (match === null) continue
    const copy = structuredClone(object) as object
    const place = placeOf(copy, field)
    if (place === undefined) return undefined
    apply({ object: copy, place, field, problem }, match)
    return copy
  }
  return undefined
}

function set(object: object, place: readonly Token[], value: unknown): void {
  setValueAt(object, place, value)
}

/** `spec.template.spec.containers[name=web].readinessProbe` as tokens. */
function placeOf(object: object, field: string): Token[] | undefined {
  const tokens: Token[] = []
  for (const [, name = '', key] of field.matchAll(/(?:^|\.)([^.[\]]+)(?:\[([^\]]*)\])?/g)) {
    tokens.push(name)
    if (key === undefined) continue
    const list = valueAt(object, tokens)
    const index = key.startsWith('name=')
      ? Array.isArray(list) && (list as Named[]).findIndex((item) => item['name'] === key.slice('name='.length))
      : Number(key)
    if (index === false || index < 0) return undefined
    tokens.push(index)
  }
  return tokens
}

/** A field of the pod spec whose containers a place leads through. */
function besidesContainers(place: readonly Token[], field: string): Token[] {
  const index = place.findIndex((token) => token === 'containers' || token === 'initContainers')
  return [...place.slice(0, index), field]
}

/** Where the field is a list of constraints, the number is their maxSkew. */
function setTo({ object, place }: Spot, [, text = '']: RegExpExecArray): void {
  const value = /^\d+$/.test(text) ? Number(text) : text
  const present = valueAt(object, place)
  if (!Array.isArray(present)) return set(object, place, value)
  for (const index of present.keys()) set(object, [...place, index, 'maxSkew'], value)
}

function preferApart({ object, place }: Spot): void {
  const at = place.slice(0, -2)
  const required = valueAt(object, place.slice(0, -1)) as object[]
  const preferred = valueAt(object, [...at, 'preferredDuringSchedulingIgnoredDuringExecution'])
  const index = Number(place.at(-1))
  const moved = { weight: 100, podAffinityTerm: required[index] }
  set(
    object,
    [...at, 'preferredDuringSchedulingIgnoredDuringExecution'],
    [...(Array.isArray(preferred) ? (preferred as object[]) : []), moved]
  )
  set(
    object,
    [...at, 'requiredDuringSchedulingIgnoredDuringExecution'],
    required.filter((_, other) => other !== index)
  )
}

function startFirst({ object, place }: Spot): void {
  const container = place.slice(0, -2)
  const { httpGet, tcpSocket, exec, grpc } = valueAt(object, [...container, 'livenessProbe']) as Named
  set(object, [...container, 'startupProbe'], { httpGet, tcpSocket, exec, grpc, failureThreshold: 30 })
  set(object, [...container, 'livenessProbe', 'initialDelaySeconds'], undefined)
}
