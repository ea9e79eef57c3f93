import { userIn } from '../support/cluster-user.ts'
import { endWithInput, keepResult, startCluster, type Work } from './cluster.ts'
import { showHarms } from './kubelet-harms.ts'
import { userManifest } from './manifest.ts'
import { untilSettled } from './pods.ts'

// Brings up a node with pods, shows what its kubelet does to some, and waits for the worst.
endWithInput()
const work = JSON.parse(process.argv[2] ?? '') as Work
const { controlPlane } = await startCluster(work)
const user = await userIn(controlPlane, 'crash', {})
await user.must(['apply', '-f', '-'], userManifest({ replicas: 2, startSeconds: 0 }))
await untilSettled(user, 2)
keepResult(work, await showHarms(controlPlane))
