// A process of its own, so that what it takes is not in the way of those who measure: attacker.ts NAME PORT HEALTH_PORT
import { attacks } from './attacks.ts'

const [name = '', port, healthPort] = process.argv.slice(2)
const attack = attacks[name]
if (attack === undefined) throw new Error(`no attack is named ${name}`)
await attack.run({ port: Number(port), healthPort: Number(healthPort) })
process.exit(0)
