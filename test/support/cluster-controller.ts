import { join } from 'node:path'
import type { Test } from 'tap'
import { logTail, type ManagedProcess, startProcess } from './cluster-process.ts'
import { controllerUser } from './cluster-rights.ts'
import { freePorts } from './cluster-ports.ts'
import { untilReady } from './cluster-ready.ts'
import type { ControlPlane } from './control-plane.ts'
import { program } from './program.ts'

export type Controller = {
  readonly process: ManagedProcess
  readonly healthUrl: string
  /** The value of a metric, with its labels as they are written; undefined where there is none. */
  readonly metric: (series: string) => Promise<number | undefined>
}

export type ControllerOptions = {
  readonly user?: string
  readonly flags?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

let started = 0

/** The controller of a test, stopped when the test ends; its log is shown if the test fails. */
export async function openController(
  t: Test,
  controlPlane: ControlPlane,
  options: ControllerOptions = {}
): Promise<Controller> {
  const controller = await launchController(controlPlane, options)
  t.teardown(async () => {
    if (!t.passing()) t.comment(`the log of ${controller.process.name}:\n${logTail(controller.process.log(), 60)}`)
    await controller.process.stop(10_000)
  })
  await controller.ready()
  return controller
}

/** Starts the real process with the rights that we deploy, and waits until it has seen the cluster. */
export async function startController(controlPlane: ControlPlane): Promise<Controller> {
  const controller = await launchController(controlPlane, {})
  await controller.ready()
  return controller
}

async function launchController(
  controlPlane: ControlPlane,
  { user = controllerUser.name, flags = [], environment = {} }: ControllerOptions
): Promise<Controller & { readonly ready: () => Promise<void> }> {
  started += 1
  const [port = 0] = await freePorts(1)
  const own = ['--kubeconfig', controlPlane.kubeconfigOf(user)]
  const health = ['--health-address', '127.0.0.1', '--health-port', String(port)]
  const process = startProcess({
    name: `controller-${started}`,
    command: [globalThis.process.execPath, program, 'controller', ...own, ...health, ...flags],
    logFile: join(controlPlane.directory, `controller-${started}.log`),
    // tap preloads its own modules into every node process, which is not what users run.
    environment: { NODE_OPTIONS: '', ...environment }
  })
  const healthUrl = `http://127.0.0.1:${port}`
  const ready = (): Promise<void> => untilReady(process, healthUrl, 90)
  return { process, healthUrl, metric: (series) => metricOf(healthUrl, series), ready }
}

async function metricOf(healthUrl: string, series: string): Promise<number | undefined> {
  const text = await (await fetch(`${healthUrl}/metrics`)).text()
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}
