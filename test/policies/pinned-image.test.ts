import { pinnedImage } from '../../src/policies/pinned-image.ts'
import { checkPolicy, deploymentWith, workloadWith } from '../support/policy-cases.ts'
import type { JsonMap } from '../support/workloads.ts'

const running = (image: string): JsonMap => ({ containers: [{ name: 'web', image }] })
const deployment = (image: string): JsonMap => deploymentWith(running(image))

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`
const said = (at: string, problem: string): string =>
  `[pinned-image] spec.template.spec.${at}.image: ${problem}; use a version or a digest`
const untagged = 'names no tag, which means latest: pods may run different code'
const moving = (tag: string): string => `the tag ${tag} moves, so pods may run different code`
const ofWeb = (problem: string): string => said('containers[name=web]', problem)

checkPolicy(pinnedImage, {
  accepts: {
    'a version': { object: deployment('registry.example/web:1.4') },
    'a version from a registry with a port': { object: deployment('registry.example:5000/team/web:2') },
    'a digest': { object: deployment(`registry.example/web@${digest}`) },
    'a digest beside a tag that moves': { object: deployment(`web:latest@${digest}`) },
    'a tag that may move, but is not listed': { object: deployment('web:stable') },
    'latest, where other tags are listed': {
      object: deployment('web:latest'),
      parameters: { floatingTags: ['nightly'] }
    },
    'the image that Istio puts its own in the place of': { object: deployment('auto') },
    'a placeholder of a build tool': { object: deployment('ko://example.com/cmd/controller') },
    'a placeholder of a template': { object: deployment('${REGISTRY}/web') },
    'no image': { object: deploymentWith({ containers: [{ name: 'web' }] }) },
    'a Pod of its own, which has no revision to go back to': { object: workloadWith('Pod', running('web')) },
    'in baseline, anything': { object: deployment('web'), profile: 'baseline' }
  },
  rejects: {
    'no tag': { object: deployment('web'), says: [ofWeb(untagged)] },
    latest: { object: deployment('team/web:latest'), says: [ofWeb(moving('latest'))] },
    'no tag after the port of a registry': {
      object: deployment('registry.example:5000/web'),
      says: [ofWeb(untagged)]
    },
    'no tag after the address of a registry': { object: deployment('[::1]:5000/web'), says: [ofWeb(untagged)] },
    'a tag that is listed': {
      object: deployment('web:nightly'),
      parameters: { floatingTags: ['latest', 'nightly'] },
      says: [ofWeb(moving('nightly'))]
    },
    'no tag, where the list is empty': {
      object: deployment('web'),
      parameters: { floatingTags: [] },
      says: [ofWeb(untagged)]
    },
    'in critical, for good': { object: deployment('web'), profile: 'critical', says: [ofWeb(untagged)] },
    'one image of three': {
      object: deploymentWith({
        initContainers: [{ name: 'wait', image: 'busybox' }],
        containers: [
          { name: 'web', image: 'web:1.4' },
          { name: 'proxy', image: `proxy@${digest}` }
        ]
      }),
      says: [said('initContainers[name=wait]', untagged)]
    },
    'the image of a sidecar': {
      object: deploymentWith({
        initContainers: [{ name: 'log', image: 'log:latest', restartPolicy: 'Always' }],
        containers: [{ name: 'web', image: 'web:1.4' }]
      }),
      says: [said('initContainers[name=log]', moving('latest'))]
    },
    'that of a StatefulSet': { object: workloadWith('StatefulSet', running('db')), says: [ofWeb(untagged)] },
    'that of a DaemonSet': { object: workloadWith('DaemonSet', running('agent')), says: [ofWeb(untagged)] },
    'that of a Job': { object: workloadWith('Job', running('migrate')), says: [ofWeb(untagged)] },
    'that of a CronJob': {
      object: workloadWith('CronJob', running('report')),
      says: [
        `[pinned-image] spec.jobTemplate.spec.template.spec.containers[name=web].image: ${untagged}; use a version or a digest`
      ]
    }
  }
})
