import { processIds, readProc } from './node/proc.ts'

/** How many containers of the application run on the node, whether or not the API server still knows them. */
export function appProcesses(): number {
  return processIds().filter((id) => readProc(`${id}/comm`) === 'app').length
}
