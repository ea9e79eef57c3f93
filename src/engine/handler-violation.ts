import type { HandlerFault } from '../kube/handler-fault.ts'
import { nameText } from './text.ts'
import { certain, uncertain, type Violation } from './violation.ts'

/**
 * What to say of a probe or a hook that the kubelet cannot run as it was meant; `field` is the probe or the hook. `effect` says what
 * comes of it where that is sure: `the probe never passes`.
 */
export function handlerViolation(fault: HandlerFault, field: string, effect: string): Violation {
  const at = `${field}.${fault.at}`
  const name = nameText(fault.name)
  if (fault.kind === 'no port') {
    const problem = `the container has no port named ${name}, so ${effect}`
    return certain({ field: at, problem, fix: 'name a port that it declares' })
  }
  const fix = `use $${name} in a shell`
  if (fault.kind === 'value from') {
    return certain({ field: at, problem: `$(${name}) is empty here: a probe sees no valueFrom`, fix })
  }
  if (fault.kind === 'in a hook') {
    return uncertain('intent', { field: at, problem: `a hook does not expand $(${name})`, fix })
  }
  const problem = `nothing expands ${nameText(fault.text)}: the command runs without a shell`
  return uncertain('intent', { field: at, problem, fix: 'run it by sh -c' })
}
