import type { Test } from 'tap'
import { jobSurvivesDisruption } from '../../../src/policies/job-survives-disruption.ts'
import { evict } from '../../support/cluster-evict.ts'
import { waitFor } from '../../support/cluster-wait.ts'
import { create, patch, pathOf, type Place, podsOf, report, said, until } from './place.ts'

const id = '[job-survives-disruption]'
const ignore = { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }
const failAny = { action: 'FailJob', onExitCodes: { operator: 'NotIn', values: [0] } }

/** A Job, all of whose pods are evicted once, and the same with what the policy says written into it. */
interface Evicted {
  harmful: object
  fixed: object
  says: string
  /** Why the Job has failed. */
  reason: string
}

const evicted: Readonly<Record<string, Evicted>> = {
  'no-retries': {
    harmful: { backoffLimit: 0 },
    fixed: { backoffLimit: 0, podFailurePolicy: { rules: [ignore] } },
    says: `${id} spec.backoffLimit: an eviction of one pod fails the Job (unless intended); raise it, or ignore DisruptionTarget in podFailurePolicy`,
    reason: 'BackoffLimitExceeded'
  },
  'few-retries': {
    harmful: { parallelism: 3, completions: 9, backoffLimit: 2 },
    fixed: { parallelism: 3, completions: 9, backoffLimit: 3 },
    says: `${id} spec.backoffLimit: 3 pods run at once, and 3 that are evicted fail the Job; raise it to 3, or ignore DisruptionTarget in podFailurePolicy`,
    reason: 'BackoffLimitExceeded'
  },
  'shadowed-rule': {
    harmful: { podFailurePolicy: { rules: [failAny, ignore] } },
    fixed: { podFailurePolicy: { rules: [ignore, failAny] } },
    says: `${id} spec.podFailurePolicy.rules[0]: matches exit code 143 of evicted pods before the rule that ignores DisruptionTarget; move that rule first`,
    reason: 'PodFailurePolicy'
  }
}

/** Kwok ends the pods of Jobs that run. These wait for a node, and the test says how they end, as a kubelet does. */
function template(name: string): object {
  const containers = [{ name: 'work', image: 'registry.example/work:1' }]
  const nodeSelector = { 'example.com/nowhere': 'yes' }
  return { metadata: { labels: { app: name } }, spec: { restartPolicy: 'Never', nodeSelector, containers } }
}

function job(name: string, spec: object): object {
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { ...spec, template: template(name) } }
}

export async function checkEvictedJobs(t: Test, place: Place): Promise<void> {
  await Promise.all(Object.entries(evicted).map((entry) => checkEvicted(t, place, entry)))
}

async function checkEvicted(
  t: Test,
  place: Place,
  [name, { harmful, fixed, says, reason }]: [string, Evicted]
): Promise<void> {
  const failing = job(name, harmful)
  const lasting = job(`${name}-fixed`, fixed)
  t.strictSame(said(jobSurvivesDisruption, failing), [says], name)
  t.strictSame(said(jobSurvivesDisruption, lasting), [])
  await create(place, failing, lasting)
  const before = await evictAll(place, `${name}-fixed`)
  await evictAll(place, name)
  const { conditions = [] } = await until(place, ['Job', name], 'over', isOver)
  t.equal(conditions.find(({ type }) => type === 'Failed')?.reason, reason, `${name}: a drain fails it`)
  const patience = { what: `${name}-fixed to go on`, seconds: 60 }
  const after = await waitFor(patience, async () => {
    const names = (await podsOf(place, `${name}-fixed`)).map(({ metadata }) => metadata.name)
    return names.some((one) => !before.includes(one)) ? names : undefined
  })
  t.ok(after.length > 0, `${name}: once it is fixed, other pods take over`)
}

function isOver({ conditions = [] }: { conditions?: readonly { type: string; status: string }[] }): boolean {
  return conditions.some(({ type, status }) => type === 'Failed' && status === 'True')
}

/** Evicts all pods of a Job, and reports that SIGTERM has ended them; their names. */
async function evictAll(place: Place, name: string): Promise<readonly string[]> {
  const pods = await waitFor({ what: `the pods of ${name}`, seconds: 60 }, async () => {
    const { active = 0 } = await until(place, ['Job', name], 'seen', () => true)
    const found = await podsOf(place, name)
    return active > 0 && found.length === active ? found : undefined
  })
  for (const pod of pods) {
    await evict(place.api, place.namespace, pod.metadata.name)
    const ended = { name: 'work', image: '', imageID: '', ready: false, restartCount: 0 }
    const containerStatuses = [{ ...ended, state: { terminated: { exitCode: 143 } } }]
    await report(place, pod, { phase: 'Failed', containerStatuses })
  }
  return pods.map(({ metadata }) => metadata.name)
}

const hour = 3_600_000

function hoursAgo(hours: number): Date {
  return new Date(Date.now() - hours * hour)
}

/** Once a day, and last so many hours ago. */
function dailyAt(hours: number): string {
  const then = hoursAgo(hours)
  return `${then.getUTCMinutes()} ${then.getUTCHours()} * * *`
}

function cron(name: string, spec: object, jobSpec: object = {}): object {
  const jobTemplate = { spec: { ...jobSpec, template: template(name) } }
  const whole = { schedule: dailyAt(1), timeZone: 'Etc/UTC', ...spec, jobTemplate }
  return { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name }, spec: whole }
}

/** Creates CronJobs as if their last runs had been three hours ago. */
async function createLate(place: Place, ...objects: readonly object[]): Promise<void> {
  for (const object of objects) {
    const { metadata, spec, ...rest } = object as { metadata: { name: string }; spec: object }
    await create(place, { ...rest, metadata, spec: { ...spec, suspend: true } })
    const path = `${pathOf(place, 'CronJob', metadata.name)}/status`
    await place.api.must('PATCH', path, {
      status: { lastScheduleTime: hoursAgo(3).toISOString().replace(/\.\d+/, '') }
    })
    await patch(place, 'cronjob', metadata.name, { spec: { suspend: false } })
  }
}

/** The names of the Jobs that a CronJob has started. */
async function runsOf({ user }: Place, name: string): Promise<readonly string[]> {
  const owned = `{range .items[?(@.metadata.ownerReferences[0].name=="${name}")]}{.metadata.name}{"\\n"}{end}`
  const { stdout } = await user.must(['get', 'jobs', `--output=jsonpath=${owned}`])
  return stdout.split('\n').filter((line) => line !== '')
}

/** Waits for as many runs or more: what runs every minute may start twice between two looks. */
async function untilRuns(place: Place, name: string, least: number): Promise<void> {
  await waitFor({ what: `${least} runs of ${name}`, seconds: 60, everyMilliseconds: 200 }, async () => {
    return (await runsOf(place, name)).length >= least ? true : undefined
  })
}

async function untilEvent({ user }: Place, name: string, reason: string): Promise<void> {
  await waitFor({ what: `the Event ${reason} of ${name}`, seconds: 60, everyMilliseconds: 200 }, async () => {
    const about = `--field-selector=involvedObject.name=${name},reason=${reason}`
    const { stdout } = await user.must(['get', 'events', about, '--output=name'])
    return stdout === '' ? undefined : true
  })
}

export async function checkMissedRuns(t: Test, place: Place): Promise<void> {
  const never = cron('never-starts', { startingDeadlineSeconds: 0 })
  const late = cron('starts-late', {})
  const often = cron('missed-often', { schedule: '* * * * *' })
  const says = `${id} spec.startingDeadlineSeconds: with 0 no run ever starts; leave it out`
  t.strictSame(said(jobSurvivesDisruption, never), [says])
  for (const one of [late, often]) t.strictSame(said(jobSurvivesDisruption, one), [])
  await createLate(place, never, late, often)
  await untilRuns(place, 'starts-late', 1)
  await untilRuns(place, 'missed-often', 1)
  await untilEvent(place, 'missed-often', 'TooManyMissedTimes')
  t.pass('a run that is missed starts late without a deadline, and so does the last of a hundred and more')
  t.strictSame(await runsOf(place, 'never-starts'), [])
  await patch(place, 'cronjob', 'never-starts', { spec: { startingDeadlineSeconds: null } })
  await untilRuns(place, 'never-starts', 1)
}

export async function checkHungRuns(t: Test, place: Place): Promise<void> {
  const schedule = dailyAt(2)
  const hung = cron('hung', { schedule, concurrencyPolicy: 'Forbid' })
  const kept = { failedJobsHistoryLimit: 5 }
  const bound = cron('bound', { schedule, concurrencyPolicy: 'Forbid', ...kept }, { activeDeadlineSeconds: 1 })
  const says = `${id} spec.concurrencyPolicy: with Forbid, a run that hangs stops all later ones; set activeDeadlineSeconds in the spec of its Jobs`
  t.strictSame(said(jobSurvivesDisruption, hung), [says])
  t.strictSame(said(jobSurvivesDisruption, bound), [])
  await createLate(place, hung, bound)
  for (const name of ['hung', 'bound']) {
    await untilRuns(place, name, 1)
    await patch(place, 'cronjob', name, { spec: { schedule: dailyAt(1) } })
    // The controller comes back to another schedule when it is due next, and to any other change at once.
    await patch(place, 'cronjob', name, { metadata: { annotations: { note: 'due' } } })
  }
  await untilRuns(place, 'bound', 2)
  await untilEvent(place, 'hung', 'JobAlreadyActive')
  t.equal((await runsOf(place, 'hung')).length, 1, 'the next run waits for one that never ends')
}
