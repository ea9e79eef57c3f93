import type { Api } from '../../cluster/api/api.ts'
import { hasStatus } from '../../cluster/api/api-error.ts'
import { clusterLister } from '../../cluster/lister.ts'
import { apiVersionOf, collectionPathIn } from '../../kube/resource-kind.ts'
import { expectShape, integer, isObject, list, MalformedObject, object, string, strings } from '../../kube/shape.ts'
import { managedBy, type ReportContents, type ReportKind, reportKinds } from '../../report/report-object.ts'
import type { ReportStore, StoredReport } from './report-keeper.ts'

const fieldManager = 'holdfast'
const timeoutMs = 10_000

/** The kind of report that the API server serves, the preferred one first; undefined if it serves none. Throws ApiError. */
export async function servedReportKind(api: Pick<Api, 'send'>): Promise<ReportKind | undefined> {
  for (const kind of reportKinds) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- the second is asked for only if there is no first
      const served = await api.send({ path: `/apis/${apiVersionOf(kind)}`, timeoutMs })
      const resources = isObject(served) && Array.isArray(served['resources']) ? served['resources'] : []
      if (resources.some((resource) => isObject(resource) && resource['name'] === kind.resource)) return kind
    } catch (error) {
      if (!hasStatus(error, 404)) throw error
    }
  }
  return undefined
}

/** The reports of a kind that carry our label. `lists` reads, `writes` is for a leader alone. */
export function buildReportStore(kind: ReportKind, lists: Api, writes: Pick<Api, 'send'>): ReportStore {
  const pathOf = ({ namespace, name }: { namespace: string; name: string }) =>
    `${collectionPathIn(kind, namespace)}/${encodeURIComponent(name)}`
  return {
    list: async (visit) => {
      const problem = await clusterLister({ api: lists }).each(
        { ...kind, namespaced: true, optional: true },
        (found) => {
          const stored = storedIn(found)
          if (stored !== undefined) visit(stored)
        }
      )
      if (problem !== undefined) throw new Error(`the ${kind.resource} cannot be listed: ${problem}`)
    },
    apply: async (report) => {
      await writes.send({
        method: 'PATCH',
        path: pathOf(report.metadata),
        query: { fieldManager, force: 'true' },
        contentType: 'application/apply-patch+yaml',
        body: report,
        timeoutMs
      })
    },
    remove: async (report) => {
      try {
        await writes.send({ method: 'DELETE', path: pathOf(report), timeoutMs })
      } catch (error) {
        if (!hasStatus(error, 404)) throw error
      }
    }
  }
}

const named = object({ metadata: object({ name: string, namespace: string, labels: strings }) })
const contents = object({
  scope: object({ uid: string, name: string }),
  summary: object({ pass: integer, fail: integer, warn: integer, error: integer, skip: integer }),
  results: list(object({ policy: string, severity: string, result: string, message: string, properties: strings }))
})

/** A report with our label; undefined for any other. */
function storedIn(found: unknown): StoredReport | undefined {
  expectShape(named, found)
  const { name = '', namespace = '', labels = {} } = found.metadata ?? {}
  if (Object.entries(managedBy).some(([key, value]) => labels[key] !== value)) return undefined
  return { namespace, name, report: contentsIn(found) }
}

/** Undefined for a report in another shape: it is written anew. */
function contentsIn(found: unknown): ReportContents | undefined {
  try {
    expectShape(contents, found)
    return found
  } catch (error) {
    if (error instanceof MalformedObject) return undefined
    throw error
  }
}
