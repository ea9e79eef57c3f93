import { definePolicy } from '../engine/policy.ts'
import { nameText } from '../engine/text.ts'
import { certain } from '../engine/violation.ts'
import { violationsIn } from '../engine/violations-in.ts'
import { allContainers } from '../kube/containers.ts'
import { parseImage, splitImage } from '../kube/image.ts'
import { podField } from '../kube/workload.ts'

export const pinnedImage = definePolicy({
  id: 'pinned-image',
  title: 'Images are named by a version or a digest',
  since: 'v2',
  appliesTo: ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob'],
  parameters: {
    floatingTags: {
      type: 'list',
      description: 'Tags that are moved to other images; an image without a tag is always reported',
      items: { title: 'an image tag', pattern: /^\w[\w.-]{0,127}$/ },
      default: ['latest']
    }
  },
  profiles: { baseline: 'off', standard: 'advised', critical: 'required' },
  check({ subject, parameters: { floatingTags } }) {
    return violationsIn(allContainers(subject.podSpec), ({ container: { image = '' }, at }) => {
      const problem = problemOf(image, floatingTags)
      if (problem === undefined) return undefined
      return certain({ field: podField(subject, `${at}.image`), problem, fix: 'use a version or a digest' })
    })
  }
})

/** The injection of Istio replaces it with the image of its proxy. */
const placeholder = 'auto'

function problemOf(image: string, floatingTags: readonly string[]): string | undefined {
  const { tag, digest } = splitImage(image)
  if (digest !== undefined || (tag !== undefined && !floatingTags.includes(tag))) return undefined
  if (image === placeholder || parseImage(image) === undefined) return undefined
  if (tag === undefined) return 'names no tag, which means latest: pods may run different code'
  return `the tag ${nameText(tag)} moves, so pods may run different code`
}
