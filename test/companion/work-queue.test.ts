import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type Task, WorkQueue, type WorkQueueOptions } from '../../src/companion/work-queue.ts'

interface Opened {
  queue: WorkQueue<string>
  /** What ran, in order. */
  ran: string[]
  failures: { key: string; nextMs: number }[]
  /** Keys and what they take; those not here take nothing. */
  tasks: Map<string, Task>
}

function open(test: Test, options: Partial<WorkQueueOptions<string>> = {}): Opened {
  const ran: string[] = []
  const failures: Opened['failures'] = []
  const tasks = new Map<string, Task>()
  const queue = new WorkQueue<string>({
    taskFor: (key) => tasks.get(key),
    onError: (key, _error, nextMs) => failures.push({ key, nextMs }),
    rate: { perSecond: 1000, burst: 1000 },
    ...options
  })
  test.teardown(() => void queue.stop())
  return { queue, ran, failures, tasks }
}

function taskOf({ ran, tasks }: Opened, key: string, given: Partial<Task> = {}): void {
  const run = async () => {
    ran.push(key)
    tasks.delete(key)
  }
  tasks.set(key, { urgent: false, run, ...given })
}

const hang = () => new Promise<void>(() => {})

async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 5000; !holds(); await sleep(2)) {
    if (performance.now() > end) throw new Error('waited in vain')
  }
}

void t.test('a key that is added many times is done once', async (test) => {
  const opened = open(test)
  taskOf(opened, 'a')
  for (let times = 0; times < 100; times++) opened.queue.add('a')
  test.equal(opened.queue.depth, 1)
  await until(() => opened.queue.depth === 0)
  await sleep(20)
  test.strictSame(opened.ran, ['a'])
})

void t.test('a key that takes nothing costs nothing', async (test) => {
  const opened = open(test, { rate: { perSecond: 0.001, burst: 1 } })
  for (let number = 0; number < 1000; number++) opened.queue.add(`idle-${number}`)
  taskOf(opened, 'a')
  opened.queue.add('a')
  await until(() => opened.ran.length === 1)
  test.equal(opened.queue.depth, 0)
})

void t.test('a key has one worker at a time, and what comes meanwhile is looked at afterwards', async (test) => {
  const opened = open(test)
  let [running, most, runs] = [0, 0, 0]
  const run = async () => {
    most = Math.max(most, (running += 1))
    await sleep(20)
    running -= 1
    if ((runs += 1) === 2) opened.tasks.delete('a')
  }
  opened.tasks.set('a', { urgent: true, run })
  opened.queue.add('a')
  await until(() => running === 1)
  for (let times = 0; times < 5; times++) opened.queue.add('a')
  await until(() => runs === 2 && opened.queue.depth === 0)
  test.equal(most, 1)
})

void t.test('the urgent does not wait for a rate, nor behind five thousand others', async (test) => {
  const opened = open(test, { rate: { perSecond: 1, burst: 2 } })
  for (let number = 0; number < 5000; number++) {
    taskOf(opened, `later-${number}`)
    opened.queue.add(`later-${number}`)
  }
  await until(() => opened.ran.length === 2)
  for (let number = 0; number < 50; number++) {
    taskOf(opened, `now-${number}`, { urgent: true })
    opened.queue.add(`now-${number}`)
  }
  await until(() => opened.ran.filter((key) => key.startsWith('now')).length === 50)
  const others = opened.ran.filter((key) => key.startsWith('later')).length
  test.ok(others <= 4, `at one a second hardly another goes first: ${others}`)
  test.ok(opened.queue.depth >= 4990, 'the others still wait')
})

void t.test('the urgent does not wait for workers that hang on what is not', async (test) => {
  const opened = open(test)
  for (let number = 0; number < 20; number++) {
    taskOf(opened, `slow-${number}`, { run: hang })
    opened.queue.add(`slow-${number}`)
  }
  await sleep(20)
  taskOf(opened, 'now', { urgent: true })
  opened.queue.add('now')
  await until(() => opened.ran.includes('now'))
  test.end()
})

void t.test('what waits and becomes urgent goes first', async (test) => {
  const opened = open(test, { rate: { perSecond: 0.001, burst: 1 } })
  for (const key of ['a', 'b', 'c']) {
    taskOf(opened, key)
    opened.queue.add(key)
  }
  await until(() => opened.ran.length === 1)
  taskOf(opened, 'c', { urgent: true })
  opened.queue.add('c')
  await until(() => opened.ran.length === 2)
  test.strictSame(opened.ran, ['a', 'c'])
})

void t.test('what is added again while it waits keeps its place, however often', async (test) => {
  const opened = open(test, { rate: { perSecond: 50, burst: 1 } })
  const keys = ['a', 'b', 'c', 'd', 'e']
  for (const key of keys) {
    taskOf(opened, key)
    opened.queue.add(key)
  }
  await until(() => opened.ran.length === 1)
  while (opened.queue.depth > 0) {
    // What changes all the time, and a newcomer that comes behind it.
    opened.queue.add('b')
    if (opened.ran.length === 1) taskOf(opened, 'f')
    opened.queue.add('f')
    await sleep(1)
  }
  test.strictSame(opened.ran, [...keys, 'f'])
})

void t.test('what is urgent for a moment only waits its turn with the others', async (test) => {
  const opened = open(test, { rate: { perSecond: 0.001, burst: 1 } })
  for (const key of ['a', 'b']) {
    taskOf(opened, key)
    opened.queue.add(key)
  }
  await until(() => opened.ran.length === 1)
  for (let number = 0; number < 16; number++) {
    taskOf(opened, `busy-${number}`, { urgent: true, run: hang })
    opened.queue.add(`busy-${number}`)
  }
  await sleep(20)
  taskOf(opened, 'b', { urgent: true })
  opened.queue.add('b')
  await sleep(20)
  taskOf(opened, 'b')
  opened.queue.add('b')
  await sleep(20)
  test.strictSame([opened.ran, opened.queue.depth], [['a'], 17])
})

void t.test('of several times the earliest counts, so that nothing is put off for ever', async (test) => {
  const opened = open(test)
  taskOf(opened, 'a')
  opened.queue.addAfter('a', 60_000)
  opened.queue.addAfter('a', 50)
  for (let times = 0; times < 20 && opened.ran.length === 0; times++) {
    opened.queue.addAfter('a', 50)
    await sleep(20)
  }
  test.strictSame(opened.ran, ['a'])
  await until(() => opened.queue.depth === 0)
})

void t.test('no more per second than allowed, after the first burst', async (test) => {
  const opened = open(test, { rate: { perSecond: 100, burst: 5 } })
  const began = performance.now()
  for (let number = 0; number < 25; number++) {
    taskOf(opened, `key-${number}`)
    opened.queue.add(`key-${number}`)
  }
  await until(() => opened.ran.length === 25)
  const ms = performance.now() - began
  test.ok(ms >= 190, `20 after the burst of 5 take 200 ms: ${ms}`)
})

void t.test('what fails is tried again, each time later', async (test) => {
  const opened = open(test)
  let left = 3
  const run = () => (left-- > 0 ? Promise.reject(new Error('no')) : Promise.resolve().then(() => opened.tasks.clear()))
  opened.tasks.set('a', { urgent: true, run })
  opened.queue.add('a')
  await until(() => opened.tasks.size === 0)
  test.strictSame(
    opened.failures.map(({ key }) => key),
    ['a', 'a', 'a']
  )
  for (const [times, { nextMs }] of opened.failures.entries()) {
    const longest = 100 * 2 ** times
    test.ok(nextMs >= longest / 2 && nextMs <= longest, `${nextMs} of ${longest}`)
  }
})

void t.test('what is done again and again waits longer each time, though it succeeds', async (test) => {
  let clock = 0
  const opened = open(test, { now: () => clock })
  let runs = 0
  opened.tasks.set('a', { urgent: false, run: async () => void (runs += 1) })
  opened.queue.add('a')
  await until(() => runs === 1)
  opened.queue.add('a')
  await sleep(30)
  test.equal(runs, 1, 'held')
  clock += 250
  opened.queue.add('a')
  await until(() => runs === 2)
  clock += 249
  opened.queue.add('a')
  await sleep(30)
  test.equal(runs, 2, 'held for longer')
  clock += 10_000_000
  opened.queue.add('a')
  await until(() => runs === 3)
  clock += 250
  opened.queue.add('a')
  await until(() => runs === 4)
  test.end()
})

void t.test('an overloaded API server is left in peace', async (test) => {
  const opened = open(test, { pauseMs: () => 60_000 })
  taskOf(opened, 'a', { run: () => Promise.reject(new Error('429')) })
  opened.queue.add('a')
  await until(() => opened.failures.length === 1)
  taskOf(opened, 'b')
  taskOf(opened, 'c', { urgent: true })
  for (const key of ['b', 'c']) opened.queue.add(key)
  await until(() => opened.ran.includes('c'))
  await sleep(20)
  test.strictSame(opened.ran, ['c'])
})

void t.test('a look that throws is reported, and holds up nobody', async (test) => {
  const opened = open(test, {
    taskFor: (key) => {
      if (key === 'bad') throw new Error('a bug')
      return opened.tasks.get(key)
    }
  })
  taskOf(opened, 'a')
  for (const key of ['bad', 'a']) opened.queue.add(key)
  await until(() => opened.ran.length === 1)
  test.match(opened.failures, [{ key: 'bad' }])
})

void t.test('a stop is final, and waits for what runs', async (test) => {
  const opened = open(test, { rate: { perSecond: 0.001, burst: 1 } })
  const { promise, reject } = Promise.withResolvers<void>()
  taskOf(opened, 'a', { run: () => promise })
  taskOf(opened, 'b')
  for (const key of ['a', 'b']) opened.queue.add(key)
  opened.queue.addAfter('c', 5)
  await sleep(20)
  let stopped = false
  const stopping = opened.queue.stop().finally(() => (stopped = true))
  opened.queue.add('d')
  opened.queue.addAfter('e', 1)
  await sleep(30)
  test.notOk(stopped, 'a still runs')
  reject(new Error('the term is over'))
  await stopping
  test.strictSame([opened.ran, opened.failures], [[], []])
  test.equal(opened.queue.depth, 0)
})

void t.test('groups take turns, however many of one are to be done', async (test) => {
  const opened = open(test, { groupOf: (key) => key.split('-')[0] ?? '', rate: { perSecond: 100, burst: 10 } })
  const crowd = Array.from({ length: 1000 }, (_, number) => `crowd-${number}`)
  for (const key of crowd) taskOf(opened, key)
  opened.queue.addAll('crowd', crowd)
  await until(() => opened.ran.length > 0)
  taskOf(opened, 'shop-web')
  opened.queue.add('shop-web')
  await until(() => opened.ran.includes('shop-web'))
  test.ok(opened.ran.length < 40, `${opened.ran.length} went first or with it`)
})

void t.test('keys that take time to find are found bit by bit', async (test) => {
  let now = 0
  let found = 0
  const opened = open(test, { now: () => now })
  const keys = function* () {
    for (let number = 0; number < 1000; number++) {
      now += 1
      found++
      yield `idle-${number}`
    }
  }
  opened.queue.addAll('', keys())
  test.equal(found, 0)
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  test.ok(found > 0 && found < 300, `${found} are found before others have their turn`)
  await until(() => opened.queue.depth === 0)
  test.equal(found, 1000)
})
