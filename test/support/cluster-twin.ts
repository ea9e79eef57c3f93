import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { openApi } from '../../src/cluster/api/api.ts'
import { findBinaries } from './cluster-binaries.ts'
import { componentArguments, loopback } from './cluster-components.ts'
import { freePorts } from './cluster-ports.ts'
import { logTail, startProcess } from './cluster-process.ts'
import { waitFor } from './cluster-wait.ts'
import type { ControlPlane } from './control-plane.ts'

/** A second API server on the etcd of a control plane, as a cluster with several has them. Gives its port. It ends with the test. */
export async function openTwin(t: Test, plane: ControlPlane): Promise<number> {
  const [serverPort = 0] = await freePorts(1)
  const url = `https://${loopback}:${serverPort}`
  const path = (name: string): string => join(plane.directory, name)
  const auditLog = path('twin-audit.log')
  const settings = {
    files: { directory: plane.directory, path, kubeconfigOf: plane.kubeconfigOf, auditLog },
    url,
    address: loopback,
    etcdPort: Number(new URL(plane.etcdUrl).port),
    etcdPeerPort: 0,
    serverPort,
    serviceRange: '10.0.0.0/24',
    emulatedVersion: undefined,
    featureGates: {}
  }
  const server = startProcess({
    name: 'the second API server',
    command: (await findBinaries()).command('kube-apiserver', componentArguments['kube-apiserver'](settings)),
    logFile: path('twin.log'),
    environment: { CONTROL_PLANE_STDIN: 'lifeline' }
  })
  t.teardown(() => server.stop(0))
  const kubeconfig = path('twin.kubeconfig')
  writeFileSync(kubeconfig, readFileSync(plane.kubeconfigOf('admin'), 'utf8').replaceAll(plane.url, url))
  const api = await openApi({ kubeconfig, environment: {}, userAgent: 'holdfast/test' })
  t.teardown(() => api?.close())
  const ready = { what: 'the second API server to be ready', seconds: 60, details: () => logTail(server.log()) }
  await waitFor(ready, async () => {
    try {
      for await (const answer of api?.pieces({ path: '/readyz', quietMs: 2000 }) ?? []) return answer.length > 0
    } catch {
      if (!server.running()) throw new Error(`the second API server ended\n${logTail(server.log())}`)
    }
    return undefined
  })
  return serverPort
}
