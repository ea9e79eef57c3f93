import type { Logger } from 'pino'
import { transformConfiguration } from '../../certificates/ca-bundle.ts'
import { configurationPaths, Configurations } from '../../certificates/configurations.ts'
import type { CertificateMetrics } from '../../certificates/metrics.ts'
import { Rotator } from '../../certificates/rotator.ts'
import { KeyringStore } from '../../certificates/store.ts'
import type { Api } from '../../cluster/api/api.ts'
import { startReflector } from '../../cluster/reflector/reflector.ts'
import type { Config } from '../../config.ts'
import { logProblem } from '../process/cluster.ts'

export interface CertificateKeeping {
  settings: Config['certificates']
  /** For reads. */
  api: Api
  /** For writes; it ends with the leadership. */
  leaderApi: Pick<Api, 'send'>
  metrics: CertificateMetrics
  log: Logger
}

/** Keeps the certificates for as long as the leadership lasts. It begins when it has seen the webhook configurations. */
export async function keepCertificates(keeping: CertificateKeeping, signal: AbortSignal): Promise<void> {
  const { settings, api, leaderApi, metrics, log } = keeping
  const { namespace, serviceName, secretName, configurationName } = settings
  const service = { namespace, name: serviceName }
  const configurations = new Configurations({ api: leaderApi, service, onChange: () => rotator.wake() })
  const lives = {
    authorityMs: settings.authoritySeconds * 1000,
    servingMs: settings.servingSeconds * 1000,
    overlapMs: settings.overlapSeconds * 1000
  }
  const store = new KeyringStore({ api: leaderApi, namespace, name: secretName })
  const rotator = new Rotator({ store, configurations, service, lives, metrics, log })
  const reflectors = configurationPaths.map((path) =>
    startReflector({
      api,
      path,
      query: { fieldSelector: `metadata.name=${configurationName}` },
      transform: transformConfiguration,
      store: configurations.storeOf(path),
      onProblem: (problem) => logProblem(log, problem)
    })
  )
  const stop = (): void => {
    for (const reflector of reflectors) reflector.stop()
  }
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  await Promise.all(reflectors.map((reflector) => reflector.firstSync))
  await rotator.run(signal)
}
