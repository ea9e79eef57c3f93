import { writeFileSync } from 'node:fs'
import { userIn } from '../support/cluster-user.ts'
import { endWithInput, startCluster, type Work } from './cluster.ts'
import { userManifest } from './manifest.ts'
import { untilSettled } from './pods.ts'

// Brings up a node with pods, says so, and waits for the worst.
endWithInput()
const work = JSON.parse(process.argv[2] ?? '') as Work
const { controlPlane } = await startCluster(work)
const user = await userIn(controlPlane, 'crash', {})
await user.must(['apply', '-f', '-'], userManifest({ replicas: 2, startSeconds: 0 }))
await untilSettled(user, 2)
writeFileSync(work.result, 'running')
