import { type Labels, type LabelSelector, selectorMatches } from './label-selector.ts'

/** The label of every pod of a Job whose selector was generated (generateSelector in kubernetes pkg/registry/batch/job/strategy.go). */
export const jobNameLabel = 'batch.kubernetes.io/job-name'

const generatedKeys = [jobNameLabel, 'job-name', 'batch.kubernetes.io/controller-uid', 'controller-uid'] as const
const generated: Labels = Object.fromEntries(generatedKeys.map((key) => [key, '']))

/** The labels of a Job's pods by the labels of their template: with those that the API server generates, whose values are unknown. */
export function labelsOfJobPods(templateLabels: Labels): Labels {
  return { ...templateLabels, ...generated }
}

/**
 * The selector without the pods of Jobs. Unchanged for pods that have the label of a Job by their template, because it would then select
 * none.
 */
export function withoutJobPods(selector: LabelSelector, podLabels: Labels): LabelSelector {
  const { matchExpressions = [] } = selector
  const narrowed = { ...selector, matchExpressions: [...matchExpressions, leavesOutJobs] }
  const isSaid = matchExpressions.some(({ key, operator }) => key === jobNameLabel && operator === 'DoesNotExist')
  return isSaid || !selectorMatches(narrowed, podLabels) ? selector : narrowed
}

const leavesOutJobs = { key: jobNameLabel, operator: 'DoesNotExist' } as const
